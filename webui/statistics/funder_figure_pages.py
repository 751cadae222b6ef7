"""The page on how a figure of the funder report was counted, with its summands."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.statistics import funder as reporting
from controller.capabilities.statistics import naming
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.shapes import Figure, TraceLine
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui.context import context
from webui.guard import actor, is_allowed, site
from webui.i18n import plural
from webui.statistics.formatting import amount_words, how_counted, part_words, title_of, when_words
from webui.statistics.funder_asked import asked_months, count_months, period_name, read_months
from webui.statistics.funder_sections import DISTINCT
from webui.statistics.pages import pages

_READ = Permission.REPORTS_READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A day or a month; amounts are empty for parts without one."""

    when: str
    href: str
    """The address of that month's days; empty for a day."""
    amounts: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The summands of a figure, by time and part. Sums are empty if they mean nothing."""

    parts: tuple[str, ...]
    rows: tuple[Row, ...]
    sums: tuple[str, ...]
    total: str


@pages.get("/reports/counted/<figure>", _READ)
def counted(figure: str) -> ResponseReturnValue:
    """Show how a figure was counted, and its summands by day, or by month if there are several."""
    if figure not in [choice.value for choice in Figure]:
        abort(404)
    which, (first, last) = Figure(figure), _months_in_address()
    if which is Figure.REVENUE and not is_allowed(MONEY_READ):
        abort(403)
    now = context().clock()
    try:
        with context().database.read() as db:
            counted_figure = reporting.trace(
                db, site().id, first, which, last=last, actor=actor(), now=now
            )
            names = naming.names(db, site().id)
    except Invalid:
        abort(404)
    several = first != last
    adds_up = which is not Figure.PARTNER_TIME
    table = _table(which, counted_figure, names, several=several, adds_up=adds_up)
    distinct = several and which in DISTINCT
    return render_template(
        "reports/counted.html",
        title=title_of(which),
        first=first,
        last=last,
        name=period_name(first, last),
        how=how_counted(which),
        table=replace(table, sums=(), total="") if distinct else table,
        divided=_average_text(first, last) if distinct else "",
    )


def _months_in_address() -> tuple[str, str]:
    """Return the months to show: `month`, or `first` and `last`."""
    month = request.args.get("month")
    return (month, month) if month else asked_months()


def _table(
    figure: Figure, lines: Sequence[TraceLine], names: Names, *, several: bool, adds_up: bool
) -> Table:
    """Return the amounts by day or month and part, the largest part first.

    `adds_up`: whether the sum of all parts means something.
    """
    by_part: Counter[str] = Counter()
    by_time: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for line in lines:
        by_part[line.part] += line.amount
        by_time[line.when][line.part] = line.amount
    parts = [part for part, _amount in by_part.most_common()]

    def amounts(of: Mapping[str, int]) -> tuple[str, ...]:
        return tuple(amount_words(figure, of[part]) if part in of else "" for part in parts)

    def total(of: Mapping[str, int]) -> str:
        return amount_words(figure, sum(of.values())) if adds_up else ""

    return Table(
        parts=tuple(part_words(figure, part, names) for part in parts),
        rows=tuple(
            Row(
                when=when_words(when),
                href=url_for("reports.counted", figure=figure.value, month=when) if several else "",
                amounts=amounts(of),
                total=total(of),
            )
            for when, of in sorted(by_time.items())
        ),
        sums=amounts(by_part),
        total=total(by_part),
    )


def _average_text(first: str, last: str) -> str:
    """Return a text on the number of months of the average of people."""
    return plural(
        "The average is over %(n)s month, from the first to the last with something counted.",
        "The average is over %(n)s months, from the first to the last with something counted.",
        count_months(read_months((first, last))),
    )

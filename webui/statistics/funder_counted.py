"""The page on how a figure of the funder report was counted, with its summands."""

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
    summed = which is not Figure.PARTNER_TIME and not (several and which in DISTINCT)
    return render_template(
        "reports/counted.html",
        title=title_of(which),
        first=first,
        last=last,
        name=period_name(first, last),
        how=how_counted(which),
        rows=[_summand(line, which, names, several=several) for line in counted_figure],
        total=amount_words(which, sum(line.amount for line in counted_figure)) if summed else "",
        divided=_average_text(first, last) if several and which in DISTINCT else "",
    )


def _months_in_address() -> tuple[str, str]:
    """Return the months to show: `month`, or `first` and `last`."""
    month = request.args.get("month")
    return (month, month) if month else asked_months()


def _summand(
    line: TraceLine, figure: Figure, names: Names, *, several: bool
) -> tuple[str, str, str, str]:
    """Return a summand: time, address of that month's days, part, and amount."""
    href = url_for("reports.counted", figure=figure.value, month=line.when) if several else ""
    part = part_words(figure, line.part, names)
    return when_words(line.when), href, part, amount_words(figure, line.amount)


def _average_text(first: str, last: str) -> str:
    """Return a text on the number of months of the average of people."""
    return plural(
        "The average is over %(n)s month, from the first to the last with something counted.",
        "The average is over %(n)s months, from the first to the last with something counted.",
        count_months(read_months((first, last))),
    )

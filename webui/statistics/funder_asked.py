"""Which months the funder report is of, and what they are called."""

from collections.abc import Sequence

from flask import abort, request

from controller.capabilities.statistics import funder as reporting
from controller.capabilities.statistics.shapes import FunderMonth
from controller.kernel.errors import Invalid
from webui.context import context
from webui.guard import actor, site
from webui.i18n import _
from webui.i18n.months import month_name
from webui.parts import Option
from webui.statistics.pages import this_month


def asked_months() -> tuple[str, str]:
    """The months of the address: `first` and `last`, or `year`; without, this month."""
    if year := request.args.get("year"):
        return f"{year}-01", f"{year}-12"
    first = request.args.get("first") or this_month()
    return first, request.args.get("last") or first


def read_months(period: tuple[str, str] | None = None) -> list[FunderMonth]:
    """Those that are asked, or these; 404 for what are none."""
    first, last = period or asked_months()
    try:
        with context().database.read() as db:
            now = context().clock()
            return reporting.report(db, site().id, first=first, last=last, actor=actor(), now=now)
    except Invalid:
        abort(404)


def period_name(first: str, last: str) -> str:
    """A month, a year, or from one to the other."""
    if first == last:
        return month_name(first)
    if (first[5:], last[5:]) == ("01", "12") and first[:4] == last[:4]:
        return _("année %(year)s", year=first[:4])
    return _("de %(first)s à %(last)s", first=month_name(first), last=month_name(last))


def periods() -> tuple[Option, ...]:
    """This month, the one before, this year and the last."""
    this = this_month()
    year = int(this[:4])
    last = f"{year - 1}-12" if this.endswith("-01") else f"{year}-{int(this[5:]) - 1:02d}"
    months = [Option(value=f"first={each}", text=month_name(each)) for each in (last, this)]
    years = [
        Option(value=f"year={each}", text=_("année %(year)s", year=each))
        for each in (year - 1, year)
    ]
    return (*months, *years)


def lived(found: Sequence[FunderMonth]) -> int:
    """Months from the first that has a figure to the last."""
    some = [place for place, each in enumerate(found) if each.figures]
    return some[-1] - some[0] + 1 if some else 1

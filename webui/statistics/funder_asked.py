"""The months and sites of the funder report, and the names of its periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import abort, request

from controller.capabilities.places.shapes import Site
from controller.capabilities.statistics import funder as reporting
from controller.capabilities.statistics import network
from controller.capabilities.statistics.shapes import FunderFigures, FunderMonth
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui.context import context
from webui.guard import account, actor, site
from webui.i18n import _
from webui.i18n.dates import month_name
from webui.parts import Option
from webui.request_transaction import request_transaction
from webui.statistics.pages import this_month
from webui.statistics.site_choice import chosen_sites, is_allowed_at_each


def asked_months() -> tuple[str, str]:
    """Return the months in the address: `first` and `last`, or `year`; by default, this month."""
    if year := request.args.get("year"):
        return f"{year}-01", f"{year}-12"
    first = request.args.get("first") or this_month()
    return first, request.args.get("last") or first


@dataclass(frozen=True, slots=True, kw_only=True)
class FunderData:
    """What is reported: some months of one site, or of several sites together."""

    sites: tuple[Site, ...]
    """The page's site first."""
    months: Sequence[FunderFigures]
    by_site: Mapping[str, Sequence[FunderMonth]]
    """The figures of each site alone."""

    @property
    def is_several(self) -> bool:
        """Whether the report is about more than one site."""
        return len(self.sites) > 1

    @property
    def places(self) -> list[str]:
        """Ids of the other sites, for addresses."""
        return [place.id for place in self.sites[1:]]

    @property
    def key(self) -> str:
        """The name of exported files, without an ending."""
        sites = "-".join(place.id for place in self.sites[:3])
        return f"funder-{sites}-{self.months[0].month}-{self.months[-1].month}"

    def may(self, permission: Permission) -> bool:
        """Whether the account has this permission at all of these sites."""
        return is_allowed_at_each(self.sites, permission)


def read_funder_data(period: tuple[str, str] | None = None) -> FunderData:
    """Return the data for the address.

    404 for invalid months, and for sites whose reports the account may not read.
    """
    chosen = chosen_sites()
    if len(chosen) == 1:
        months = read_months(period)
        return FunderData(sites=chosen, months=months, by_site={chosen[0].id: months})
    first, last = period or asked_months()
    keys, who = [place.id for place in chosen], account() or abort(401)
    try:
        with request_transaction() as db:
            now = context().clock()
            together = network.report(db, keys, first=first, last=last, actor=who.actor, now=now)
    except Invalid:
        abort(404)
    by_site = {key: [month.sites[n] for month in together] for n, key in enumerate(keys)}
    return FunderData(sites=chosen, months=together, by_site=by_site)


def read_months(period: tuple[str, str] | None = None) -> list[FunderMonth]:
    """Return the months in the address, or those of the given period; 404 for invalid months."""
    first, last = period or asked_months()
    try:
        with request_transaction() as db:
            now = context().clock()
            return reporting.report(db, site().id, first=first, last=last, actor=actor(), now=now)
    except Invalid:
        abort(404)


def period_name(first: str, last: str) -> str:
    """Return the name of a month, of a year, or of a range of months."""
    if first == last:
        return month_name(first)
    if (first[5:], last[5:]) == ("01", "12") and first[:4] == last[:4]:
        return _("year %(year)s", year=first[:4])
    return _("%(first)s to %(last)s", first=month_name(first), last=month_name(last))


def periods() -> tuple[Option, ...]:
    """Return the periods to choose from: this month, the last one, this year, the last one."""
    this = this_month()
    year = int(this[:4])
    last = f"{year - 1}-12" if this.endswith("-01") else f"{year}-{int(this[5:]) - 1:02d}"
    months = [
        Option(value=f"first={first_month}", text=month_name(first_month))
        for first_month in (last, this)
    ]
    years = [
        Option(value=f"year={first_year}", text=_("year %(year)s", year=first_year))
        for first_year in (year - 1, year)
    ]
    return (*months, *years)


def count_months(months: Sequence[FunderFigures]) -> int:
    """Return the number of months from the first that has a figure to the last."""
    with_figures = [place for place, report in enumerate(months) if report.figures]
    return with_figures[-1] - with_figures[0] + 1 if with_figures else 1

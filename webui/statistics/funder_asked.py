"""The months, sites and partner of the funder report, and the names of its periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from flask import abort, request

from controller.capabilities.places.shapes import Site
from controller.capabilities.statistics import funder as reporting
from controller.capabilities.statistics import network, partners
from controller.capabilities.statistics.periods import Period
from controller.capabilities.statistics.shapes import Figure, FunderFigures, FunderMonth, Partner
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui.context import context
from webui.guard import account, actor, site
from webui.i18n import _
from webui.i18n.dates import month_name
from webui.request_transaction import request_transaction
from webui.statistics.pages import this_month
from webui.statistics.site_choice import chosen_sites, is_allowed_at_each

F = TypeVar("F", bound=FunderFigures)


def asked_months() -> tuple[str, str]:
    """Return the months in the address: `first` and `last`, or `year`, in either order; by default,
    this month.
    """
    if year := request.args.get("year"):
        return f"{year}-01", f"{year}-12"
    first = request.args.get("first") or this_month()
    last = request.args.get("last") or first
    return min(first, last), max(first, last)


def report_address() -> dict[str, Any]:
    """Return the months and the partner of the report from which a form was sent.

    The forms are on the report of one site only, so no other sites are kept.
    """
    sent = request.values
    return {key: sent[key] for key in ("first", "last", "partner") if sent.get(key)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunderData:
    """What is reported: some months of one site, or of several sites together."""

    sites: tuple[Site, ...]
    """The page's site first."""
    months: Sequence[FunderFigures]
    by_site: Mapping[str, Sequence[FunderMonth]]
    """The figures of each site alone."""
    partners: Sequence[Partner]
    """The partners of the page's site."""
    partner: Partner | None
    """The partner for whom the report is: it leaves out the hours of other partners' projects."""

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
        key = f"funder-{sites}-{self.months[0].month}-{self.months[-1].month}"
        return f"{key}-{self.partner.id}" if self.partner else key

    def may(self, permission: Permission) -> bool:
        """Whether the account has this permission at all of these sites."""
        return is_allowed_at_each(self.sites, permission)


def read_funder_data(period: tuple[str, str] | None = None) -> FunderData:
    """Return the data for the address.

    404 for invalid months, an unknown partner, and for sites whose reports the account may not
    read.
    """
    chosen = chosen_sites()
    together, by_site = _read_figures(chosen, period)
    with request_transaction() as db:
        site_partners = partners.list_partners(db, site().id, actor=actor())
    partner = _partner_in_address(site_partners)
    return FunderData(
        sites=chosen,
        months=_for_partner(together, partner),
        by_site={key: _for_partner(months, partner) for key, months in by_site.items()},
        partners=site_partners,
        partner=partner,
    )


def _partner_in_address(site_partners: Sequence[Partner]) -> Partner | None:
    if not (key := request.args.get("partner")):
        return None
    return next((one for one in site_partners if one.id == key), None) or abort(404)


def _for_partner(months: Sequence[F], partner: Partner | None) -> list[F]:
    """Leave out the hours of projects that the partner doesn't fund, and of other partners."""
    if partner is None:
        return list(months)
    parts = {Figure.PARTNER_TIME: {partner.id}, Figure.PROJECT_TIME: {*partner.project_ids}}
    return [
        msgspec.structs.replace(
            month,
            figures=[
                count
                for count in month.figures
                if count.figure not in parts or count.part in parts[count.figure]
            ],
        )
        for month in months
    ]


def _read_figures(
    chosen: Sequence[Site], period: tuple[str, str] | None
) -> tuple[Sequence[FunderFigures], Mapping[str, Sequence[FunderMonth]]]:
    """Return the figures of these sites together, and of each alone."""
    if len(chosen) == 1:
        months = read_months(period)
        return months, {chosen[0].id: months}
    first, last = period or asked_months()
    keys, who = [place.id for place in chosen], account() or abort(401)
    try:
        with request_transaction() as db:
            now = context().clock()
            together = network.report(db, keys, first=first, last=last, actor=who.actor, now=now)
    except Invalid:
        abort(404)
    return together, {key: [month.sites[n] for month in together] for n, key in enumerate(keys)}


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


def quick_periods() -> tuple[tuple[str, str, str], ...]:
    """Return the usual periods, each as first month, last month and name."""
    this = this_month()
    before = Period(this, this).shifted(-1).first
    year = int(this[:4])
    spans = ((before, before), (this, this), *((f"{y}-01", f"{y}-12") for y in (year - 1, year)))
    return tuple((first, last, period_name(first, last)) for first, last in spans)


def count_months(months: Sequence[FunderFigures]) -> int:
    """Return the number of months from the first that has a figure to the last."""
    with_figures = [place for place, report in enumerate(months) if report.figures]
    return with_figures[-1] - with_figures[0] + 1 if with_figures else 1

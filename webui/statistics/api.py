"""API of the funder report."""

import msgspec

from controller.capabilities.statistics import funder, network
from controller.capabilities.statistics.shapes import FunderMonth, NetworkMonth
from controller.kernel.actor import Permission
from webui.api.route import Call, Reply, Route


class FunderQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query: months as `YYYY-MM`, from `month` to `until`; by default, this month."""

    month: str | None = None
    until: str | None = None
    site: str | None = None


class FunderReport(msgspec.Struct, frozen=True, kw_only=True):
    """A row for each month."""

    items: list[FunderMonth]
    next: str | None = None


class NetworkQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query: months, and ids of sites separated by commas.

    Without `sites`: all sites whose reports the actor may read.
    """

    month: str | None = None
    until: str | None = None
    sites: str | None = None


class NetworkReport(msgspec.Struct, frozen=True, kw_only=True):
    """A row for each month, of all chosen sites together."""

    items: list[NetworkMonth]
    next: str | None = None


def _network(call: Call) -> Reply:
    query = call.query
    readable = call.actor.sites(Permission.REPORTS_READ) or ()
    chosen = sorted(readable) if query.sites is None else query.sites.split(",")
    report = network.report(
        call.db, chosen, first=query.month, last=query.until, actor=call.actor, now=call.now
    )
    return Reply(NetworkReport(items=report))


def _funder(call: Call) -> Reply:
    query = call.query
    report = funder.report(
        call.db,
        query.site or call.context.settings.site.id,
        first=query.month,
        last=query.until,
        actor=call.actor,
        now=call.now,
    )
    return Reply(FunderReport(items=report))


ROUTES = [
    Route(
        method="GET",
        path="/reports/funder",
        handler=_funder,
        query=FunderQuery,
        answers=FunderReport,
        permission=Permission.REPORTS_READ,
        summary="Exact figures of each month, for those who fund the place",
    ),
    Route(
        method="GET",
        path="/reports/network",
        handler=_network,
        query=NetworkQuery,
        answers=NetworkReport,
        permission=Permission.REPORTS_READ,
        summary="Exact figures of several places together, with each one's share",
    ),
]

"""API of machine sessions: who they were for, and the report of use."""

import re

import msgspec

from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.usage import report as usage
from controller.capabilities.usage import sessions
from controller.capabilities.usage.shapes import MachineSession, Usage, UsageSplit
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from controller.kernel.paging import Page
from webui.api.crud import EventQuery, cursor_of, patch_route, service_route
from webui.api.route import Call, Reply, Route
from webui.journal.api import filter_of

_EVENTS, _REPORTS = Permission.EVENTS_READ, Permission.REPORTS_READ
_WRITE = Permission.MEMBERS_WRITE
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class UsageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query: months as `YYYY-MM`, from `month` to `until`; by default, this month."""

    month: str | None = None
    until: str | None = None
    site: str | None = None
    split: UsageSplit | None = None
    """Whether to split the rows also by organisation or by project."""


class UsageReport(msgspec.Struct, frozen=True, kw_only=True):
    """A row for each access point and month."""

    items: list[Usage]
    next: str | None = None


def _sessions(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), filter_of(call.query)
    return Reply(sessions.page(call.db, actor=call.actor, filters=filters, cursor=cursor))


def _usage(call: Call) -> Reply:
    query = call.query
    for name, month in (("month", query.month), ("until", query.until)):
        if month is not None and not _MONTH.fullmatch(month):
            raise Invalid.of(name, "expected YYYY-MM")
    site = query.site or call.context.settings.site.id
    rows = usage.report(
        call.db,
        site,
        first=query.month,
        last=query.until,
        split=query.split,
        actor=call.actor,
        now=call.now,
    )
    return Reply(UsageReport(items=rows))


ROUTES = [
    Route(
        method="GET",
        path="/sessions",
        handler=_sessions,
        query=EventQuery,
        answers=Page[MachineSession],
        permission=_EVENTS,
        summary="List machine sessions",
    ),
    service_route("GET", "/sessions/{id}", sessions.get, _EVENTS, "Get one machine session"),
    service_route(
        "GET",
        "/sessions/{id}/booked-to",
        sessions.booked_to,
        _WRITE,
        "Get on whose behalf a machine session was",
    ),
    patch_route(
        "/sessions/{id}", sessions.change, OnBehalf, _WRITE, "Say afterwards on whose behalf it was"
    ),
    Route(
        method="GET",
        path="/reports/usage",
        handler=_usage,
        query=UsageQuery,
        answers=UsageReport,
        permission=_REPORTS,
        summary="Report the use of each machine by month",
    ),
]

"""What agents reported, and what could not be taken."""

from controller.capabilities.journal import events
from controller.capabilities.journal.shapes import Event, Quarantined
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.api.crud import Paged, cursor_of
from webui.api.route import Call, Reply, Route

_EVENTS, _REPORTS, _LIVE = Permission.EVENTS_READ, Permission.REPORTS_READ, Permission.LIVE_READ


class Filtered(Paged, frozen=True, kw_only=True):
    """By time, agent and access point; never by member."""

    since: Utc | None = None
    until: Utc | None = None
    agent: str | None = None
    access_point: str | None = None


def _filter(query: Filtered) -> events.Filter:
    return events.Filter(
        since=query.since, until=query.until, agent=query.agent, access_point=query.access_point
    )


def _events(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), _filter(call.query)
    return Reply(events.page(call.db, actor=call.actor, filters=filters, cursor=cursor))


def _quarantine(call: Call) -> Reply:
    return Reply(events.quarantine(call.db, actor=call.actor, cursor=cursor_of(call.query)))


ROUTES = [
    Route(
        method="GET",
        path="/events",
        handler=_events,
        query=Filtered,
        answers=Page[Event],
        permission=_EVENTS,
        summary="List events",
    ),
    Route(
        method="GET",
        path="/quarantine",
        handler=_quarantine,
        query=Paged,
        answers=Page[Quarantined],
        permission=_EVENTS,
        summary="List what was signed but could not be taken",
    ),
]

"""API of agents' events, and of signed messages that could not be stored."""

from controller.capabilities.journal import events
from controller.capabilities.journal.shapes import Event
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.api.crud import EventQuery, Paged, cursor_of, service_route
from webui.api.route import Call, Reply, Route

_EVENTS = Permission.EVENTS_READ


def filter_of(query: EventQuery) -> events.Filter:
    """Return the filter of a query."""
    return events.Filter(
        since=query.since, until=query.until, agent=query.agent, access_point=query.access_point
    )


def _events(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), filter_of(call.query)
    return Reply(events.page(call.db, actor=call.actor, filters=filters, cursor=cursor))


ROUTES = [
    Route(
        method="GET",
        path="/events",
        handler=_events,
        query=EventQuery,
        answers=Page[Event],
        permission=_EVENTS,
        summary="List events",
    ),
    service_route(
        "GET",
        "/quarantine",
        events.quarantine,
        _EVENTS,
        "List signed messages of agents that could not be stored",
        query=Paged,
    ),
]

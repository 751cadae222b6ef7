"""API of calendars: create and revoke their addresses.

Whoever may read the rules may; the service checks whose calendar it is.
"""

from controller.integrations.calendars import calendars
from controller.integrations.calendars.shapes import Calendar, CalendarMade, NewCalendar
from controller.kernel.actor import Permission
from webui.api.crud import calls_service, read_routes, with_etag
from webui.api.route import Call, Reply, Route


def _create(call: Call) -> Reply:
    base = call.context.settings.web.public_url
    return with_etag(
        calendars.create(call.db, call.body, base=base, actor=call.actor, now=call.now)
    )


ROUTES = [
    *read_routes("/calendars", calendars, Permission.RULES_READ, what="calendars"),
    Route(
        method="POST",
        path="/calendars",
        handler=_create,
        body=NewCalendar,
        answers=CalendarMade,
        status=201,
        permission=Permission.RULES_READ,
        summary="Create a calendar; its address is shown once",
    ),
    Route(
        method="POST",
        path="/calendars/{id}/revoke",
        handler=calls_service(calendars.revoke, "id", etag=True),
        answers=Calendar,
        permission=Permission.RULES_READ,
        summary="Revoke a calendar: its address no longer works",
    ),
]

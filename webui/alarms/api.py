"""API of alarms: list them, take them on, mark them as resolved."""

from controller.capabilities.alarms import alarms
from controller.kernel.actor import Permission
from webui.api.crud import EventQuery, calls_service, service_route
from webui.api.route import Route

_LIVE, _COMMAND = Permission.LIVE_READ, Permission.COMMAND


class AlarmQuery(EventQuery, frozen=True, kw_only=True):
    """The query of the list.

    Times are those at which alarms were raised; `active` true or false selects alarms that are
    active or over.
    """

    active: bool | None = None
    kind: str | None = None


ROUTES = [
    service_route("GET", "/alarms", alarms.page, _LIVE, "List alarms", query=AlarmQuery),
    service_route("GET", "/alarms/{id}", alarms.get, _LIVE, "Get one alarm"),
    Route(
        method="POST",
        path="/alarms/{id}/take",
        handler=calls_service(alarms.take, "id"),
        answers=alarms.Alarm,
        permission=_COMMAND,
        summary="Take care of an alarm",
    ),
    service_route(
        "POST", "/alarms/{id}/resolve", alarms.resolve, _COMMAND, "Mark an alarm as resolved"
    ),
]

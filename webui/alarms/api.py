"""API of alarms: list them, take them on, mark them as resolved."""

from controller.capabilities.alarms import alarms
from controller.kernel.actor import Permission
from webui.api.crud import Filtered, does, serves
from webui.api.route import Route

_LIVE, _COMMAND = Permission.LIVE_READ, Permission.COMMAND


class AlarmQuery(Filtered, frozen=True, kw_only=True):
    """The query of the list.

    Times are those at which alarms were raised; `active` true or false selects alarms that are
    active or over.
    """

    active: bool | None = None
    kind: str | None = None


ROUTES = [
    serves("GET", "/alarms", alarms.page, _LIVE, "List alarms", query=AlarmQuery),
    serves("GET", "/alarms/{id}", alarms.get, _LIVE, "Get one alarm"),
    Route(
        method="POST",
        path="/alarms/{id}/take",
        handler=does(alarms.take, "id"),
        answers=alarms.Alarm,
        permission=_COMMAND,
        summary="Take care of an alarm",
    ),
    serves("POST", "/alarms/{id}/resolve", alarms.resolve, _COMMAND, "Mark an alarm as resolved"),
]

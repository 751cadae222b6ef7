"""Alarms: taken, and dealt with."""

from controller.capabilities.alarms import alarms
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.api.crud import Filtered, cursor_of, does, filters_of, shows
from webui.api.route import Call, Reply, Route

_LIVE, _COMMAND = Permission.LIVE_READ, Permission.COMMAND


class AlarmQuery(Filtered, frozen=True, kw_only=True):
    """By the time at which they were raised; `active`: only those that are, or that are over."""

    active: bool | None = None
    kind: str | None = None


def _alarms(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), filters_of(call.query)
    return Reply(alarms.page(call.db, actor=call.actor, cursor=cursor, **filters))


ROUTES = [
    Route(
        method="GET",
        path="/alarms",
        handler=_alarms,
        query=AlarmQuery,
        answers=Page[alarms.Alarm],
        permission=_LIVE,
        summary="List alarms",
    ),
    Route(
        method="GET",
        path="/alarms/{id}",
        handler=shows(alarms.get, "id"),
        answers=alarms.Alarm,
        permission=_LIVE,
        summary="Get one alarm",
    ),
    Route(
        method="POST",
        path="/alarms/{id}/take",
        handler=does(alarms.take, "id"),
        answers=alarms.Alarm,
        permission=_COMMAND,
        summary="Take care of an alarm",
    ),
    Route(
        method="POST",
        path="/alarms/{id}/resolve",
        handler=does(alarms.resolve, "id"),
        body=alarms.Resolution,
        answers=alarms.Alarm,
        permission=_COMMAND,
        summary="Say that an alarm is dealt with",
    ),
]

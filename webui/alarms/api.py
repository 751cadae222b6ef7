"""Alarms: taken, and dealt with."""

from controller.capabilities.alarms import alarms
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.api.crud import Filtered, cursor_of, filters_of
from webui.api.route import Call, Reply, Route

_LIVE, _COMMAND = Permission.LIVE_READ, Permission.COMMAND


class AlarmQuery(Filtered, frozen=True, kw_only=True):
    """By the time at which they were raised; `active`: only those that are, or that are over."""

    active: bool | None = None
    kind: str | None = None


def _alarms(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), filters_of(call.query)
    return Reply(alarms.page(call.db, actor=call.actor, cursor=cursor, **filters))


def _alarm(call: Call) -> Reply:
    return Reply(alarms.get(call.db, call.path["id"], actor=call.actor))


def _resolve(call: Call) -> Reply:
    key = call.path["id"]
    return Reply(alarms.resolve(call.db, key, call.body, actor=call.actor, now=call.now))


def _take(call: Call) -> Reply:
    return Reply(alarms.take(call.db, call.path["id"], actor=call.actor, now=call.now))


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
        handler=_alarm,
        answers=alarms.Alarm,
        permission=_LIVE,
        summary="Get one alarm",
    ),
    Route(
        method="POST",
        path="/alarms/{id}/take",
        handler=_take,
        answers=alarms.Alarm,
        permission=_COMMAND,
        summary="Take care of an alarm",
    ),
    Route(
        method="POST",
        path="/alarms/{id}/resolve",
        handler=_resolve,
        body=alarms.Resolution,
        answers=alarms.Alarm,
        permission=_COMMAND,
        summary="Say that an alarm is dealt with",
    ),
]

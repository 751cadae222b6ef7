"""Maintenance of access points: counters of use, what is due, what was done."""

from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import (
    Maintenance,
    MaintenanceDone,
    MaintenanceFields,
    NewDone,
    NewMaintenance,
)
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.api.crud import Nothing, Paged, cursor_of, does, filters_of, writes
from webui.api.route import Call, Reply, Route

_READ, _WRITE, _ANYONE = Permission.LIVE_READ, Permission.RULES_WRITE, Permission.RULES_READ


class MaintenanceQuery(Paged, frozen=True, kw_only=True):
    """Of one access point, or of all; `ended`: those that are asked no more."""

    access_point: str | None = None
    ended: bool = False


def _list(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), filters_of(call.query)
    found = maintenance.page(call.db, actor=call.actor, now=call.now, cursor=cursor, **filters)
    return Reply(found)


def _history(call: Call) -> Reply:
    key, cursor = call.path["id"], cursor_of(call.query)
    return Reply(maintenance.history(call.db, key, actor=call.actor, cursor=cursor))


_ONE = "/maintenance/{id}"

ROUTES = [
    Route(
        method="GET",
        path="/maintenance",
        handler=_list,
        query=MaintenanceQuery,
        answers=Page[Maintenance],
        permission=_READ,
        summary="List what is to be done again and again, with its counters",
    ),
    Route(
        method="GET",
        path=_ONE,
        handler=does(maintenance.get, "id", tag=True),
        answers=Maintenance,
        permission=_ANYONE,
        summary="Get one maintenance, with its counter",
    ),
    *writes(
        "/maintenance",
        maintenance,
        Maintenance,
        _WRITE,
        new=NewMaintenance,
        fields=MaintenanceFields,
        what="maintenances",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/done",
        handler=does(maintenance.done, "id"),
        body=NewDone,
        answers=MaintenanceDone,
        status=201,
        permission=Permission.OWN_WRITE,
        summary="Say that it was done: use counts anew from then on",
    ),
    Route(
        method="GET",
        path=f"{_ONE}/done",
        handler=_history,
        query=Paged,
        answers=Page[MaintenanceDone],
        permission=_ANYONE,
        summary="List each time that it was done",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/end",
        handler=does(maintenance.end, "id", tag=True),
        body=Nothing,
        answers=Maintenance,
        permission=_WRITE,
        summary="Ask for it no more",
    ),
]

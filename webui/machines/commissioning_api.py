"""A new access point's commissioning: what must be seen, ticked, and its going into service."""

from controller.capabilities.machines import commissioning
from controller.capabilities.machines.shapes import Commissioning, NewTick
from controller.kernel.actor import Permission
from webui.api.crud import Nothing
from webui.api.route import Call, Reply, Route


def _get(call: Call) -> Reply:
    return Reply(commissioning.get(call.db, call.path["id"], actor=call.actor))


def _tick(call: Call) -> Reply:
    return Reply(
        commissioning.tick(
            call.db, call.path["id"], call.path["step"], call.body, actor=call.actor, now=call.now
        )
    )


def _finish(call: Call) -> Reply:
    return Reply(commissioning.finish(call.db, call.path["id"], actor=call.actor, now=call.now))


def _restart(call: Call) -> Reply:
    return Reply(commissioning.restart(call.db, call.path["id"], actor=call.actor, now=call.now))


_ONE = "/access-points/{id}/commissioning"
_WRITE = Permission.RULES_WRITE

ROUTES = [
    Route(
        method="GET",
        path=_ONE,
        handler=_get,
        answers=Commissioning,
        permission=Permission.RULES_READ,
        summary="What must be seen before it is in service",
    ),
    Route(
        method="PUT",
        path=f"{_ONE}/{{step}}",
        handler=_tick,
        body=NewTick,
        answers=Commissioning,
        permission=_WRITE,
        summary="Tick a step that was seen",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/finish",
        handler=_finish,
        body=Nothing,
        answers=Commissioning,
        permission=_WRITE,
        summary="Put it into service; 409 with what is missing",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/restart",
        handler=_restart,
        body=Nothing,
        answers=Commissioning,
        permission=_WRITE,
        summary="Out of service until everything is ticked anew",
    ),
]

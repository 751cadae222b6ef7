"""A new access point's commissioning: what must be seen, ticked, and its going into service."""

from controller.capabilities.machines import commissioning
from controller.capabilities.machines.shapes import Commissioning, NewTick
from controller.kernel.actor import Permission
from webui.api.crud import Nothing, does, shows
from webui.api.route import Route

_ONE = "/access-points/{id}/commissioning"
_WRITE = Permission.RULES_WRITE

ROUTES = [
    Route(
        method="GET",
        path=_ONE,
        handler=shows(commissioning.get, "id"),
        answers=Commissioning,
        permission=Permission.RULES_READ,
        summary="What must be seen before it is in service",
    ),
    Route(
        method="PUT",
        path=f"{_ONE}/{{step}}",
        handler=does(commissioning.tick, "id", "step"),
        body=NewTick,
        answers=Commissioning,
        permission=_WRITE,
        summary="Tick a step that was seen",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/finish",
        handler=does(commissioning.finish, "id"),
        body=Nothing,
        answers=Commissioning,
        permission=_WRITE,
        summary="Put it into service; 409 with what is missing",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/restart",
        handler=does(commissioning.restart, "id"),
        body=Nothing,
        answers=Commissioning,
        permission=_WRITE,
        summary="Out of service until everything is ticked anew",
    ),
]

"""A new access point's commissioning: what must be seen, ticked, and its going into service."""

from controller.capabilities.machines import commissioning
from controller.kernel.actor import Permission
from webui.api.crud import serves

_ONE = "/access-points/{id}/commissioning"
_WRITE = Permission.RULES_WRITE

ROUTES = [
    serves(
        "GET",
        _ONE,
        commissioning.get,
        Permission.RULES_READ,
        "What must be seen before it is in service",
    ),
    serves("PUT", f"{_ONE}/{{step}}", commissioning.tick, _WRITE, "Tick a step that was seen"),
    serves(
        "POST",
        f"{_ONE}/finish",
        commissioning.finish,
        _WRITE,
        "Put it into service; 409 with what is missing",
    ),
    serves(
        "POST",
        f"{_ONE}/restart",
        commissioning.restart,
        _WRITE,
        "Out of service until everything is ticked anew",
    ),
]

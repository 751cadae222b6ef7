"""API of an access point's commissioning: the steps, ticking them, and putting it into service."""

from controller.capabilities.machines import commissioning
from controller.kernel.actor import Permission
from webui.api.crud import service_route

_ONE = "/access-points/{id}/commissioning"
_WRITE = Permission.RULES_WRITE

ROUTES = [
    service_route(
        "GET",
        _ONE,
        commissioning.get,
        Permission.RULES_READ,
        "List the steps before an access point may go into service",
    ),
    service_route(
        "PUT", f"{_ONE}/{{step}}", commissioning.tick, _WRITE, "Confirm a commissioning step"
    ),
    service_route(
        "POST",
        f"{_ONE}/finish",
        commissioning.finish,
        _WRITE,
        "Put an access point into service; 409 names missing steps",
    ),
    service_route(
        "POST",
        f"{_ONE}/restart",
        commissioning.restart,
        _WRITE,
        "Restart commissioning: out of service until all steps are confirmed again",
    ),
]

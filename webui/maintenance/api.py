"""API of maintenance: recurring tasks of access points, their counters and their log."""

from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import MaintenanceFields
from controller.kernel.actor import Permission
from webui.api.crud import Paged, service_route, write_routes

_READ, _WRITE, _ANYONE = Permission.LIVE_READ, Permission.RULES_WRITE, Permission.RULES_READ
"""`_ANYONE`: every role may read rules."""


class MaintenanceQuery(Paged, frozen=True, kw_only=True):
    """The query: one access point or all.

    `ended` asks for the tasks that are no longer required.
    """

    access_point: str | None = None
    ended: bool = False


_ONE = "/maintenance/{id}"

ROUTES = [
    service_route(
        "GET",
        "/maintenance",
        maintenance.page,
        _READ,
        "List recurring maintenance tasks, with their counters",
        query=MaintenanceQuery,
    ),
    service_route(
        "GET", _ONE, maintenance.get, _ANYONE, "Get one maintenance task, with its counter"
    ),
    *write_routes(
        "/maintenance", maintenance, _WRITE, fields=MaintenanceFields, what="maintenances"
    ),
    service_route(
        "POST",
        f"{_ONE}/done",
        maintenance.log_maintenance,
        Permission.OWN_WRITE,
        "Log that a task was done, which restarts its counter",
        status=201,
    ),
    service_route(
        "GET",
        f"{_ONE}/done",
        maintenance.history,
        _ANYONE,
        "List when a task was done",
        query=Paged,
    ),
    service_route(
        "POST", f"{_ONE}/end", maintenance.end, _WRITE, "End a task: it is no longer required"
    ),
]

"""Maintenance of access points: counters of use, what is due, what was done."""

from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import MaintenanceFields
from controller.kernel.actor import Permission
from webui.api.crud import Paged, serves, writes

_READ, _WRITE, _ANYONE = Permission.LIVE_READ, Permission.RULES_WRITE, Permission.RULES_READ


class MaintenanceQuery(Paged, frozen=True, kw_only=True):
    """Of one access point, or of all; `ended`: those that are asked no more."""

    access_point: str | None = None
    ended: bool = False


_ONE = "/maintenance/{id}"

ROUTES = [
    serves(
        "GET",
        "/maintenance",
        maintenance.page,
        _READ,
        "List what is to be done again and again, with its counters",
        query=MaintenanceQuery,
    ),
    serves("GET", _ONE, maintenance.get, _ANYONE, "Get one maintenance, with its counter"),
    *writes("/maintenance", maintenance, _WRITE, fields=MaintenanceFields, what="maintenances"),
    serves(
        "POST",
        f"{_ONE}/done",
        maintenance.log_maintenance,
        Permission.OWN_WRITE,
        "Say that it was done: use counts anew from then on",
        status=201,
    ),
    serves(
        "GET",
        f"{_ONE}/done",
        maintenance.history,
        _ANYONE,
        "List each time that it was done",
        query=Paged,
    ),
    serves("POST", f"{_ONE}/end", maintenance.end, _WRITE, "Ask for it no more"),
]

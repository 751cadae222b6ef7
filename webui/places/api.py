"""API of sites, their zones and schedules."""

from controller.capabilities.places import schedules, sites, zones
from controller.capabilities.places.shapes import ScheduleFields, SiteFields, ZoneFields
from controller.kernel.actor import Permission
from webui.api.crud import patch_route, read_routes, write_routes

_READ, _WRITE = Permission.RULES_READ, Permission.RULES_WRITE

ROUTES = [
    *read_routes("/sites", sites, _READ, what="sites"),
    *write_routes("/sites", sites, Permission.ACCOUNTS_WRITE, fields=None, what="sites"),
    patch_route("/sites/{id}", sites.change, SiteFields, _WRITE, "Change a site"),
    *read_routes("/zones", zones, _READ, what="zones"),
    *write_routes("/zones", zones, _WRITE, fields=ZoneFields, what="zones"),
    *read_routes("/schedules", schedules, _READ, what="schedules"),
    *write_routes("/schedules", schedules, _WRITE, fields=ScheduleFields, what="schedules"),
]

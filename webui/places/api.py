"""API of sites, their zones and schedules."""

from controller.capabilities.places import schedules, sites, zones
from controller.capabilities.places.shapes import ScheduleFields, SiteFields, ZoneFields
from controller.kernel.actor import Permission
from webui.api.crud import patches, reads, writes

_READ, _WRITE = Permission.RULES_READ, Permission.RULES_WRITE

ROUTES = [
    *reads("/sites", sites, _READ, what="sites"),
    *writes("/sites", sites, Permission.ACCOUNTS_WRITE, fields=None, what="sites"),
    patches("/sites/{id}", sites.change, SiteFields, _WRITE, "Change a site"),
    *reads("/zones", zones, _READ, what="zones"),
    *writes("/zones", zones, _WRITE, fields=ZoneFields, what="zones"),
    *reads("/schedules", schedules, _READ, what="schedules"),
    *writes("/schedules", schedules, _WRITE, fields=ScheduleFields, what="schedules"),
]

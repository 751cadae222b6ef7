"""Sites, their zones and schedules."""

from controller.capabilities.places import schedules, sites, zones
from controller.capabilities.places.shapes import (
    NewSchedule,
    NewSite,
    NewZone,
    Schedule,
    ScheduleFields,
    Site,
    SiteFields,
    Zone,
    ZoneFields,
)
from controller.kernel.actor import Permission
from webui.api.crud import changes, reads, writes
from webui.api.route import Route

_READ, _WRITE = Permission.RULES_READ, Permission.RULES_WRITE

ROUTES = [
    *reads("/sites", sites, Site, _READ, what="sites"),
    *writes(
        "/sites", sites, Site, Permission.ACCOUNTS_WRITE, new=NewSite, fields=None, what="sites"
    ),
    Route(
        method="PATCH",
        path="/sites/{id}",
        handler=changes(sites.change),
        patch_of=SiteFields,
        answers=Site,
        permission=_WRITE,
        summary="Change a site",
    ),
    *reads("/zones", zones, Zone, _READ, what="zones"),
    *writes("/zones", zones, Zone, _WRITE, new=NewZone, fields=ZoneFields, what="zones"),
    *reads("/schedules", schedules, Schedule, _READ, what="schedules"),
    *writes(
        "/schedules",
        schedules,
        Schedule,
        _WRITE,
        new=NewSchedule,
        fields=ScheduleFields,
        what="schedules",
    ),
]

"""Reads the data of the pages of hours, in one transaction."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from controller.capabilities.machines import access_points
from controller.capabilities.places import schedules
from controller.capabilities.places.shapes import Schedule, Site, Zone
from controller.capabilities.places.zones import page as zones_page
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.naming import read_label
from webui.paging import all_items


@dataclass(frozen=True, slots=True)
class PlaceReader:
    """Reads the data of a site in one transaction."""

    db: Session
    who: Actor
    """The reader of the page."""
    at: Site
    now: Utc

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.at.time_zone)

    @property
    def today(self) -> date:
        """The current date at the site."""
        return self.now.astimezone(self.zone).date()

    def schedules(self) -> list[Schedule]:
        """Return the schedules, the opening hours first."""
        rows = all_items(lambda at: schedules.page(self.db, actor=self.who, cursor=at))
        return sorted(rows, key=lambda schedule: (schedule.id != self.at.opening, schedule.id))

    def schedule(self, key: str) -> Schedule:
        """Return the schedule with that id. Raises NotFound."""
        return schedules.get(self.db, key, actor=self.who)

    def names(self) -> dict[str, str]:
        """Return the names of machines and zones, by id."""
        points = all_items(lambda at: access_points.page(self.db, actor=self.who, cursor=at))
        zones = {zone.id: read_label(zone.name) for zone in self.zones()}
        return zones | {point.id: read_label(point.name) for point in points}

    def zones(self) -> list[Zone]:
        """Return the site's zones."""
        return all_items(lambda at: zones_page(self.db, actor=self.who, cursor=at))

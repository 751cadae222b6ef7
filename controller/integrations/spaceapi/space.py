"""A site in the format of SpaceAPI 15 (https://schema.spaceapi.io/15.json).

It never contains `names`, `trigger_person` or `keymasters`.
"""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.presence.models import PresenceRow
from controller.domain.facts import Name, Schedule
from controller.domain.schedule import is_open, last_change
from controller.domain.time import Utc
from controller.policy.reading import from_json
from controller.settings import SpaceApiSettings


class Location(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    timezone: str
    address: str | None = None
    lat: float | None = None
    lon: float | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to reach the site; no person's contact."""

    email: str | None = None
    phone: str | None = None


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the site is open; `lastchange` in seconds since 1970."""

    open: bool | None = None
    lastchange: int | None = None


class Sensor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A count of people; without a location, of the whole site."""

    value: int
    location: str | None = None


class Sensors(msgspec.Struct, frozen=True, kw_only=True):
    """All sensors of the response."""

    people_now_present: tuple[Sensor, ...]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Another site of the network."""

    endpoint: str


class Space(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The complete response."""

    api_compatibility: tuple[str, ...]
    space: str
    logo: str
    url: str
    location: Location
    contact: Contact
    state: State
    sensors: Sensors
    linked_spaces: tuple[Link, ...] = ()


def space(
    db: Session, site_id: str, url: str, logo: str, settings: SpaceApiSettings, now: Utc
) -> Space | None:
    """Return the site's current state with the addresses of its pages; None: no such site."""
    site = db.get(SiteRow, site_id)
    if site is None:
        return None
    return Space(
        api_compatibility=("15",),
        space=from_json(site.name, Name).read(site.language) or site_id,
        logo=logo,
        url=url,
        location=Location(
            timezone=site.time_zone,
            address=settings.address,
            lat=settings.latitude,
            lon=settings.longitude,
        ),
        contact=Contact(email=settings.email, phone=settings.phone),
        state=_state(db, site, now),
        sensors=Sensors(people_now_present=_present(db, site)),
        linked_spaces=tuple(Link(endpoint=address) for address in settings.linked),
    )


def _state(db: Session, site: SiteRow, now: Utc) -> State:
    """Return whether it is within opening hours; a site without hours is always open."""
    row = db.get(ScheduleRow, site.opening) if site.opening else None
    if row is None:
        return State(open=True)
    hours = from_json(row.data, Schedule)
    changed = last_change(hours, site.time_zone, now)
    return State(
        open=is_open(hours, site.time_zone, now),
        lastchange=int(changed.timestamp()) if changed else None,
    )


def _present(db: Session, site: SiteRow) -> tuple[Sensor, ...]:
    heads = (
        select(PresenceRow.zone_id, func.sum(PresenceRow.heads).label("heads"))
        .where(PresenceRow.site_id == site.id, PresenceRow.zone_id.is_not(None))
        .group_by(PresenceRow.zone_id)
        .subquery()
    )
    zones = (
        select(ZoneRow.id, ZoneRow.name, func.coalesce(heads.c.heads, 0).label("heads"))
        .outerjoin(heads, heads.c.zone_id == ZoneRow.id)
        .where(ZoneRow.site_id == site.id)
        .order_by(ZoneRow.id)
    )
    rows = db.execute(zones).all()
    rooms = [
        Sensor(value=row.heads, location=from_json(row.name, Name).read(site.language) or row.id)
        for row in rows
    ]
    return (Sensor(value=sum(room.value for room in rooms)), *rooms)

"""A site in the format of SpaceAPI 15 (https://schema.spaceapi.io/15.json).

It contains no people: neither `sensors` that count them, nor names, nor who opened.
"""

import msgspec
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ScheduleRow, SiteRow
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

"""Sites, zones and schedules as the API and the pages see them."""

from datetime import date as Date
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

import msgspec

from controller.capabilities.places.models import PresenceEnd
from controller.domain.facts import Language
from controller.kernel.shapes import Count, Label, Shape, Slug, TimeOfDay

_MAX_MINUTES = 24 * 60
LONGEST_WALK_S = 3600
"""How long it is remembered where a badge was last used; walking times can't be longer."""


@cache
def _time_zones() -> frozenset[str]:
    """Return all time zones that this computer knows; cached, since it reads a folder."""
    return frozenset(available_timezones())


class WalkingTime(Shape, frozen=True, kw_only=True):
    """The shortest time, in seconds, that anybody needs from one zone of a site to another."""

    zones: tuple[Slug, Slug]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_WALK_S)]


class SiteFields(Shape, frozen=True, kw_only=True):
    """The fields of a site that can be changed. `opening`: the schedule of its hours; null: always
    open."""

    name: Label
    time_zone: str = "Europe/Paris"
    language: Language = Language.FR
    opening: Slug | None = None
    walking_times: tuple[WalkingTime, ...] = ()
    """A badge used in two zones within less than this time was copied, which raises an alarm. Zones
    without a time are not compared."""
    walk_from_elsewhere_s: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WALK_S)] | None = None
    """The shortest time in seconds from any other site of this installation; 0: not compared.

    Null: what the other site says, otherwise a minute.
    """
    suspends_copied_badges: bool = False
    """Whether a copied badge of a member of this site is suspended at once."""
    presence_end: PresenceEnd = PresenceEnd.OWN_HOURS
    """When somebody who does not badge out is signed out: at the end of their `own_hours`, in zones
    where no reader registers people leaving; at `closing` time; or after a `duration`."""
    presence_longest_h: Annotated[int, msgspec.Meta(ge=1, le=24)] = 24
    """The number of hours after which they are signed out in any case."""

    def __post_init__(self) -> None:
        pairs = [frozenset(walking_time.zones) for walking_time in self.walking_times]
        if any(len(pair) < 2 for pair in pairs):
            raise ValueError("walking_times: from one zone to another, not to itself")
        if len(set(pairs)) < len(pairs):
            raise ValueError("walking_times: each pair of zones once, in either order")
        if self.time_zone not in _time_zones():
            raise ValueError(f"time_zone: no zone {self.time_zone!r}; write one like Europe/Paris")


class NewSite(SiteFields, frozen=True, kw_only=True):
    id: Slug


class Site(NewSite, frozen=True, kw_only=True):
    version: int


class ZoneFields(Shape, frozen=True, kw_only=True):
    """The fields of a zone that can be changed.

    `window_max_min`: the longest supervision window, in minutes.
    """

    name: Label
    capacity: Count | None = None
    window_max_min: Annotated[int, msgspec.Meta(ge=1, le=_MAX_MINUTES)] = 240
    desks: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    """Desks that are booked one by one; null: the zone is booked as a whole, as a room is."""


class NewZone(ZoneFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None
    """May be left out if there is only one site."""


class Zone(ZoneFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int


class Weekly(Shape, frozen=True, kw_only=True):
    """Hours on one weekday (0 is Monday)."""

    weekday: Annotated[int, msgspec.Meta(ge=0, le=6)]
    start: TimeOfDay
    end: TimeOfDay


class Span(Shape, frozen=True, kw_only=True):
    """Hours on one date."""

    start: TimeOfDay
    end: TimeOfDay


class ExceptionDay(Shape, frozen=True, kw_only=True):
    """A special day, whose windows replace the weekly ones; none: closed all day."""

    date: Date
    windows: tuple[Span, ...] = ()


class ScheduleFields(Shape, frozen=True, kw_only=True):
    """The fields of a schedule that can be changed, in the site's local time."""

    name: Label
    weekly: tuple[Weekly, ...] = ()
    exceptions: tuple[ExceptionDay, ...] = ()


class NewSchedule(ScheduleFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None


class Schedule(ScheduleFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int

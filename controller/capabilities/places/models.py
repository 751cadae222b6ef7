"""Tables of sites, zones and schedules."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import PlaceText, Plain
from controller.store.types import Json, Slug, Text, Uuid


class PresenceEnd(StrEnum):
    """When a member who did not badge out is signed out."""

    OWN_HOURS = "own_hours"
    """At the end of the member's own hours, in zones where no reader registers people leaving."""
    CLOSING = "closing"
    """When the place closes for the day."""
    DURATION = "duration"
    """Only after a number of hours."""


class SiteRow(Versioned, Base):
    """A site. `opening` is the id of the schedule of its opening hours."""

    __tablename__ = "site"

    id: Plain[Slug] = mapped_column(primary_key=True)
    name: PlaceText[Json]
    time_zone: Plain[Slug]
    language: Plain[Language]
    opening: Plain[Slug | None]
    walking_times: Plain[list[Any]] = mapped_column(JSON, default=list)
    """A list of `WalkingTime`s between zones of this site."""
    walk_from_elsewhere_s: Plain[int | None]
    """The shortest time from any other site; see `SiteFields`."""
    suspends_copied_badges: Plain[bool] = mapped_column(default=False)
    presence_end: Plain[PresenceEnd] = mapped_column(default=PresenceEnd.OWN_HOURS)
    presence_longest_h: Plain[int] = mapped_column(default=24)
    """Hours after which somebody is signed out in any case."""
    created_at: Plain[Utc]


class ScheduleRow(Versioned, Base):
    """A schedule: weekly windows and special dates; `data` is a `facts.Schedule` as JSON."""

    __tablename__ = "schedule"

    id: Plain[Slug] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: PlaceText[Json]
    data: Plain[Json]


class ZoneRow(Versioned, Base):
    """A room or area that people are in or out of."""

    __tablename__ = "zone"

    id: Plain[Slug] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: PlaceText[Json]
    capacity: Plain[int | None]
    window_max_min: Plain[int] = mapped_column(default=240)
    """The longest supervision window, in minutes."""
    desks: Plain[int | None]
    """Desks that are booked one by one; null: the zone is booked as a whole."""


class SpecialDayReason(Base):
    """The reason for a special day of a schedule."""

    __tablename__ = "special_day_reason"

    schedule_id: Plain[Slug] = mapped_column(ForeignKey("schedule.id"), primary_key=True)
    day: Plain[date] = mapped_column(primary_key=True)
    reason: PlaceText[Text]


class SchoolHoliday(Base):
    """School holidays, imported from a file."""

    __tablename__ = "school_holiday"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: PlaceText[Text]
    first: Plain[date]
    last: Plain[date]

"""Places: sites, their zones and schedules, agents and access points."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Json, Slug, Text, Uuid


class PresenceEnd(StrEnum):
    """When somebody who forgets to badge out is signed out."""

    OWN_HOURS = "own_hours"
    """At the end of the person's own hours, where no reader sees people leave."""
    CLOSING = "closing"
    """When the place closes for the day."""
    DURATION = "duration"
    """After a number of hours alone."""


class SiteRow(Versioned, Base):
    """One place. `opening` names the schedule of its opening hours."""

    __tablename__ = "site"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    name: Mapped[Json]
    time_zone: Mapped[Slug]
    language: Mapped[Language]
    opening: Mapped[Slug | None]
    walking_times: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Between zones of this site: a list of `WalkingTime`s."""
    walk_from_elsewhere_s: Mapped[int | None]
    suspends_copied_badges: Mapped[bool] = mapped_column(default=False)
    presence_end: Mapped[PresenceEnd] = mapped_column(default=PresenceEnd.OWN_HOURS)
    presence_longest_h: Mapped[int] = mapped_column(default=24)
    created_at: Mapped[Utc]


class ScheduleRow(Versioned, Base):
    """Weekly windows and dates that differ; `data` is a `facts.Schedule` as JSON."""

    __tablename__ = "schedule"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Json]
    data: Mapped[Json]


class ZoneRow(Versioned, Base):
    """A room or area that people are in or out of."""

    __tablename__ = "zone"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Json]
    capacity: Mapped[int | None]
    window_max_min: Mapped[int] = mapped_column(default=240)
    desks: Mapped[int | None]
    """Desks that are booked one by one; null: the zone is booked as a whole."""


class DayApart(Base):
    """Why a date of a schedule is not as every week."""

    __tablename__ = "day_apart"

    schedule_id: Mapped[Slug] = mapped_column(ForeignKey("schedule.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[Text]


class SchoolHoliday(Base):
    """Days on which pupils have no school, kept from a file."""

    __tablename__ = "school_holiday"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Text]
    first: Mapped[date]
    last: Mapped[date]

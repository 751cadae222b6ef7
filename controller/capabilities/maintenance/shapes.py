"""Maintenance tasks and their log, as the API and the pages see them."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from controller.domain.time import Utc
from controller.kernel.shapes import Days, Label, Note, Shape, Slug

Hours = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class UpkeepState(StrEnum):
    """How close a task is to its due time.

    `soon` from nine tenths of the interval, `due` at its end, `overdue` a tenth of it later.
    """

    FINE = "fine"
    SOON = "soon"
    DUE = "due"
    OVERDUE = "overdue"


class MaintenanceFields(Shape, frozen=True, kw_only=True):
    """A task that recurs after hours of use or days, whichever comes first."""

    ANY_OF = ("every_h", "every_days")

    name: Label
    every_h: Hours | None = None
    every_days: Days | None = None
    counts: Literal["active", "powered"] = "active"
    """Which hours count: those in which the machine was running, or those in which it had power."""

    def __post_init__(self) -> None:
        if self.every_h is None and self.every_days is None:
            raise ValueError("every_h: give every_h, every_days or both")


class NewMaintenance(MaintenanceFields, frozen=True, kw_only=True):
    access_point: Slug
    starts_at: Utc | None = None
    """When it was last done, as far as is known; null: counting starts now."""


class Maintenance(MaintenanceFields, frozen=True, kw_only=True):
    """A task with its counter: the use since it was last done."""

    id: str
    site_id: Slug
    access_point: Slug
    since: Utc
    """When it was last done, or from when use counts."""
    used_s: float
    used_h: float
    left_h: float | None
    """Hours of use until it is due; negative when it is overdue."""
    due_at: Utc | None
    """When it is due by date; null without an interval in days."""
    state: UpkeepState
    ended_at: Utc | None
    version: int


class NewDone(Shape, frozen=True, kw_only=True):
    """A new log entry: when it was done (null: now), and a remark."""

    at: Utc | None = None
    remark: Note | None = None


class MaintenanceDone(Shape, frozen=True, kw_only=True):
    """A log entry. `used_s`: seconds of use since the previous entry."""

    id: str
    maintenance_id: str
    at: Utc
    by: str
    remark: str | None
    used_s: float
    recorded_at: Utc

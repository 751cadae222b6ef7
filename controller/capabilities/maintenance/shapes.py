"""Maintenance of access points, as the API and the pages see it."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from controller.domain.time import Utc
from controller.kernel.shapes import Days, Label, Note, Shape, Slug

Hours = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class UpkeepState(StrEnum):
    """`soon` from nine tenths of the interval on, `due` at its end, `overdue` a tenth later."""

    FINE = "fine"
    SOON = "soon"
    DUE = "due"
    OVERDUE = "overdue"


class MaintenanceFields(Shape, frozen=True, kw_only=True):
    """What is to be done after so many hours of use, or so many days, whichever comes first."""

    ANY_OF = ("every_h", "every_days")

    name: Label
    every_h: Hours | None = None
    every_days: Days | None = None
    counts: Literal["active", "powered"] = "active"
    """Hours in which the machine really ran, or in which it had power."""

    def __post_init__(self) -> None:
        if self.every_h is None and self.every_days is None:
            raise ValueError("every_h: give every_h, every_days or both")


class NewMaintenance(MaintenanceFields, frozen=True, kw_only=True):
    access_point: Slug
    starts_at: Utc | None = None
    """When it was last done, as far as is known; null: now."""


class Maintenance(MaintenanceFields, frozen=True, kw_only=True):
    """With its counter: what was used since it was last done."""

    id: str
    site_id: Slug
    access_point: Slug
    since: Utc
    """When it was last done, or from when use counts."""
    used_s: float
    used_h: float
    left_h: float | None
    """Hours of use until it is due; below zero when they are over."""
    due_at: Utc | None
    """The day on which it is due, whatever the use."""
    state: UpkeepState
    ended_at: Utc | None
    version: int


class NewDone(Shape, frozen=True, kw_only=True):
    """It was done: when (null: now), and a remark."""

    at: Utc | None = None
    remark: Note | None = None


class MaintenanceDone(Shape, frozen=True, kw_only=True):
    """One time that it was done. `used_s`: what had been used since the time before."""

    id: str
    maintenance_id: str
    at: Utc
    by: str
    remark: str | None
    used_s: float
    recorded_at: Utc

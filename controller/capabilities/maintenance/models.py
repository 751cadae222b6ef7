"""Tables of maintenance: recurring tasks, and the log of when they were done."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, FreeText, PlaceText, Plain
from controller.store.types import Json, Slug, Text, Uuid, Word


class MaintenanceRow(Versioned, Base):
    """A task that recurs at an access point after hours of use, days, or both.

    Hours of use are not stored: they are the sum of the sessions since it was last done.
    """

    __tablename__ = "maintenance"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    access_point_id: Plain[Slug] = mapped_column(ForeignKey("access_point.id"), index=True)
    name: PlaceText[Json]
    """Name of the task, in each language."""
    counts: Plain[Word]
    """Which seconds of a session: `active` or `powered`."""
    every_h: Plain[int | None]
    every_days: Plain[int | None]
    starts_at: Plain[Utc]
    """From when use counts before it is first done."""
    created_at: Plain[Utc]
    ended_at: Plain[Utc | None]
    """When the task was ended; its log is kept."""

    __table_args__ = (
        CheckConstraint("every_h IS NOT NULL OR every_days IS NOT NULL", name="some_interval"),
    )


class MaintenanceDone(Base):
    """A log entry: the task was done, and its counter starts again."""

    __tablename__ = "maintenance_done"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    maintenance_id: Plain[Uuid] = mapped_column(ForeignKey("maintenance.id"))
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    at: Plain[Utc]
    by: ActorRef[str]
    remark: FreeText[Text | None]
    recorded_at: Plain[Utc]

    __table_args__ = (
        Index("uq_maintenance_done_maintenance_id_at", "maintenance_id", "at", unique=True),
    )

"""Tables of print jobs."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import About, ActorRef, MemberRef, MemberText, Plain
from controller.store.types import Slug, Text, Uuid

HEATING_PERIOD = timedelta(minutes=15)
"""How long a print may be on before it has used material."""


class Outcome(StrEnum):
    """How a print ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NOT_STARTED = "not_started"
    """It was granted and never printed; only the print server knows."""
    FAILED = "failed"
    """The printer gave up; its material is charged as well (decision 0333)."""


class PrintJob(Versioned, Base):
    """A granted print, and how it ended once the printer has reported it."""

    __tablename__ = "print_job"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    access_point_id: Plain[Slug] = mapped_column(ForeignKey("access_point.id"))
    session_id: Plain[Uuid | None] = mapped_column(index=True)
    """The machine session on which permission rested; it may be reported after the print.

    Null: nobody had tapped when it began, as its printer reported afterwards.
    """
    member_ref: MemberRef[Uuid | None] = mapped_column(index=True)
    """Who used the machine; null: not known yet, or removed."""
    name: MemberText[Text | None]
    """The printer's name for it, usually a file name.

    Emptied with time, since it may name somebody.
    """
    minutes: About[float | None]
    """Expected duration."""
    grams: About[float | None]
    """Expected material."""
    asked_at: About[Utc]
    asked_by: ActorRef[str]
    outcome: About[Outcome | None]
    used_minutes: About[float | None]
    used_grams: About[float | None]
    """As the printer reported, as it was noted by hand, or, without an end in time, as expected."""
    ended_at: About[Utc | None]
    """When the end was reported."""
    settled_at: Plain[Utc | None]
    """When its material was added to the machine session and the charges."""

    __table_args__ = (
        Index("ix_print_job_site_id_id", "site_id", "id"),
        Index("ix_print_job_access_point_id_id", "access_point_id", "id"),
        Index(
            "ix_print_job_corrected",
            "site_id",
            sqlite_where=text("ended_at > settled_at"),
            postgresql_where=text("ended_at > settled_at"),
        ),
        Index(
            "ix_print_job_unweighed",
            "site_id",
            sqlite_where=text("used_grams IS NULL"),
            postgresql_where=text("used_grams IS NULL"),
        ),
        Index(
            "ix_print_job_unsettled",
            "ended_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

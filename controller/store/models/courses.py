"""Courses, their sessions, and who takes part with which outcome."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.models.base import Base, Versioned
from controller.store.models.training import Scope
from controller.store.types import Json, Slug, Strings, Text, Uuid


class CourseSessionKind(StrEnum):
    COURSE = "course"
    WORKSHOP = "workshop"
    APPOINTMENT = "appointment"
    DROP_IN = "drop_in"
    EVENT = "event"


class EnrolmentStatus(StrEnum):
    ENROLLED = "enrolled"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    PASSED = "passed"
    TO_REVIEW = "to_review"
    ABSENT = "absent"


class CourseRow(Versioned, Base):
    """What is taught: the certifications that it grants, and those that it needs first."""

    __tablename__ = "course"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    scope: Mapped[Scope]
    name: Mapped[Json]
    grants: Mapped[Strings]
    requires: Mapped[Strings]


class CourseSessionRow(Versioned, Base):
    """One date of a course, or of something that certifies nobody."""

    __tablename__ = "course_session"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    course_id: Mapped[Slug | None] = mapped_column(ForeignKey("course.id"), index=True)
    kind: Mapped[CourseSessionKind]
    starts_at: Mapped[Utc]
    ends_at: Mapped[Utc]
    places: Mapped[int | None]
    """Null: as many as come."""
    theme: Mapped[Text | None]
    minutes: Mapped[int | None]
    """Taught; null: from its start to its end."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    headcount: Mapped[int | None]
    """People who came without being named; for events and drop-ins."""
    trainer_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"))
    cancelled_at: Mapped[Utc | None]
    is_open: Mapped[bool]
    """Whether members can still enrol: it has not begun, and is not cancelled."""
    created_by: Mapped[str]

    __table_args__ = (Index("ix_course_session_is_open_starts_at", "is_open", "starts_at"),)


class EnrolmentRow(Base):
    """A member at a course session."""

    __tablename__ = "enrolment"

    session_id: Mapped[Uuid] = mapped_column(ForeignKey("course_session.id"), primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    id: Mapped[Uuid] = mapped_column(unique=True)
    """Rises with time: the order of the waiting list."""
    status: Mapped[EnrolmentStatus]
    attended_at: Mapped[Utc | None]
    outcome: Mapped[Outcome | None]
    outcome_by: Mapped[str | None]
    outcome_at: Mapped[Utc | None]
    certified_at: Mapped[Utc | None]

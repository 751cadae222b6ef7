"""Tables of the training feature: courses, course sessions, enrolments, certifications."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import CertificationKind, HeldStatus, Level
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Json, Slug, Strings, Text, Uuid


class CourseSessionKind(StrEnum):
    """What kind of session it is; events and drop-ins are counted with `headcount`."""

    COURSE = "course"
    WORKSHOP = "workshop"
    APPOINTMENT = "appointment"
    DROP_IN = "drop_in"
    EVENT = "event"


class EnrolmentStatus(StrEnum):
    """The state of an enrolment in a course session; cancelled: withdrawn."""

    ENROLLED = "enrolled"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """The outcome for a participant; to review: not passed yet."""

    PASSED = "passed"
    TO_REVIEW = "to_review"
    ABSENT = "absent"


class CourseSessionRow(Versioned, Base):
    """One date of a course, or of an event that certifies nobody."""

    __tablename__ = "course_session"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    course_id: Mapped[Slug | None] = mapped_column(ForeignKey("course.id"), index=True)
    kind: Mapped[CourseSessionKind]
    starts_at: Mapped[Utc]
    ends_at: Mapped[Utc]
    places: Mapped[int | None]
    """Number of seats; null: unlimited."""
    theme: Mapped[Text | None]
    minutes: Mapped[int | None]
    """Minutes taught; null: the time between start and end."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    headcount: Mapped[int | None]
    """Number of people who came without enrolling, for events and drop-ins."""
    trainer_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"))
    cancelled_at: Mapped[Utc | None]
    cancelled_reason: Mapped[Text | None]
    """Reason that participants read."""
    is_open: Mapped[bool]
    """Whether members can still enrol: the session has not begun and is not cancelled."""
    created_by: Mapped[str]

    __table_args__ = (Index("ix_course_session_is_open_starts_at", "is_open", "starts_at"),)


class EnrolmentRow(Base):
    """A member's enrolment in a course session."""

    __tablename__ = "enrolment"

    session_id: Mapped[Uuid] = mapped_column(ForeignKey("course_session.id"), primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    id: Mapped[Uuid] = mapped_column(unique=True)
    """A UUIDv7, which increases with time: its order is that of the waiting list."""
    status: Mapped[EnrolmentStatus]
    moved_up_at: Mapped[Utc | None]
    """When they moved up from the waiting list; null: never waited, or still waiting."""
    time_changed_at: Mapped[Utc | None]
    """When the session was moved to another time after the member had enrolled."""
    reinstated_at: Mapped[Utc | None]
    """When the session was reinstated after the member had heard that it was cancelled."""
    counts_from: Mapped[Utc | None]
    """From when machine use counts as the session's; null: from the session's start (decision
    0272)."""
    attended_at: Mapped[Utc | None]
    outcome: Mapped[Outcome | None]
    outcome_by: Mapped[str | None]
    outcome_at: Mapped[Utc | None]
    certified_at: Mapped[Utc | None]


class ValidityKind(StrEnum):
    """How the end of a certification is determined.

    Never, some days after it was given, on a date, or after some days without use.
    """

    NEVER = "never"
    DURATION = "duration"
    DATE = "date"
    DISUSE = "disuse"


class HeldAction(StrEnum):
    """A step in the history of a member's certification."""

    GRANTED = "granted"
    FOUNDING = "founding"
    """The first trainer of the certification was appointed, by an admin."""
    SUSPENDED = "suspended"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"
    """Given by mistake, and withdrawn shortly afterwards by the same actor."""


class Scope(StrEnum):
    """Whether a certification or course is valid only at its own site, or at every site of the
    network."""

    SITE = "site"
    NETWORK = "network"


class CourseRow(Versioned, Base):
    """A course: the certifications that it grants, and those that it requires first."""

    __tablename__ = "course"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    scope: Mapped[Scope]
    name: Mapped[Json]
    grants: Mapped[Strings]
    requires: Mapped[Strings]


class CertificationRow(Versioned, Base):
    """A certification or document that members can hold, and when it ends."""

    __tablename__ = "certification"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    scope: Mapped[Scope]
    name: Mapped[Json]
    kind: Mapped[CertificationKind]
    validity_kind: Mapped[ValidityKind]
    validity_days: Mapped[int | None]
    validity_date: Mapped[date | None]


class HeldRow(Versioned, Base):
    """A member's certification in its current state."""

    __tablename__ = "held"

    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    certification_id: Mapped[Slug] = mapped_column(ForeignKey("certification.id"), primary_key=True)
    level: Mapped[Level]
    status: Mapped[HeldStatus]
    valid_from: Mapped[Utc]
    valid_until: Mapped[Utc | None] = mapped_column(index=True)
    granted_by: Mapped[str]
    granted_at: Mapped[Utc]

    # Few of a certification's ten thousand holders are its trainers.
    __table_args__ = (Index("ix_held_certification_id_level", "certification_id", "level"),)


class HeldHistory(Base):
    """A step in a certification's history. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "held_history"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid]
    certification_id: Mapped[Slug]
    at: Mapped[Utc]
    by: Mapped[str]
    action: Mapped[HeldAction]
    level: Mapped[Level]
    valid_until: Mapped[Utc | None]
    reason: Mapped[Text | None]
    operation: Mapped[Uuid | None]
    """The bulk operation that made the step.

    Its id comes from a form, so the step's own id, which orders the steps, is not made from it.
    """

    __table_args__ = (
        Index("ix_held_history_operation", "operation"),
        Index("ix_held_history_member_id_certification_id", "member_id", "certification_id"),
        Index("ix_held_history_at", "at"),
    )


class CourseSessionPast(Base):
    """Numbers of participants of a course session whose enrolments were erased."""

    __tablename__ = "course_session_past"

    session_id: Mapped[Uuid] = mapped_column(ForeignKey("course_session.id"), primary_key=True)
    enrolled: Mapped[int]
    attended: Mapped[int]
    passed: Mapped[int]
    certified: Mapped[int]

"""Tables of the training feature: courses, course sessions, enrolments, certifications."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import mapped_column

from controller.domain.facts import CertificationKind, HeldStatus, Level
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import (
    About,
    ActorRef,
    FreeText,
    MemberId,
    MemberText,
    PlaceText,
    Plain,
)
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

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    course_id: Plain[Slug | None] = mapped_column(ForeignKey("course.id"), index=True)
    kind: Plain[CourseSessionKind]
    starts_at: Plain[Utc]
    ends_at: Plain[Utc]
    places: Plain[int | None]
    """Number of seats; null: unlimited."""
    theme: FreeText[Text | None]
    minutes: Plain[int | None]
    """Minutes taught; null: the time between start and end."""
    organisation_id: Plain[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Plain[Uuid | None] = mapped_column(ForeignKey("project.id"))
    headcount: Plain[int | None]
    """Number of people who came without enrolling, for events and drop-ins."""
    trainer_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"))
    cancelled_at: Plain[Utc | None]
    cancelled_reason: FreeText[Text | None]
    """Reason that participants read."""
    is_open: Plain[bool]
    """Whether members can still enrol: the session has not begun and is not cancelled."""
    created_by: ActorRef[str]

    __table_args__ = (Index("ix_course_session_is_open_starts_at", "is_open", "starts_at"),)


class EnrolmentRow(Base):
    """A member's enrolment in a course session."""

    __tablename__ = "enrolment"

    session_id: Plain[Uuid] = mapped_column(ForeignKey("course_session.id"), primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    id: Plain[Uuid] = mapped_column(unique=True)
    """A UUIDv7, which increases with time: its order is that of the waiting list."""
    status: About[EnrolmentStatus]
    moved_up_at: About[Utc | None]
    """When they moved up from the waiting list; null: never waited, or still waiting."""
    time_changed_at: About[Utc | None]
    """When the session was moved to another time after the member had enrolled."""
    reinstated_at: About[Utc | None]
    """When the session was reinstated after the member had heard that it was cancelled."""
    counts_from: About[Utc | None]
    """From when machine use counts as the session's; null: from the session's start (decision
    0272)."""
    attended_at: About[Utc | None]
    outcome: About[Outcome | None]
    outcome_by: ActorRef[str | None]
    outcome_at: About[Utc | None]
    certified_at: About[Utc | None]


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

    id: Plain[Slug] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    scope: Plain[Scope]
    name: PlaceText[Json]
    grants: Plain[Strings]
    requires: Plain[Strings]


class CertificationRow(Versioned, Base):
    """A certification or document that members can hold, and when it ends."""

    __tablename__ = "certification"

    id: Plain[Slug] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    scope: Plain[Scope]
    name: PlaceText[Json]
    kind: Plain[CertificationKind]
    validity_kind: Plain[ValidityKind]
    validity_days: Plain[int | None]
    validity_date: Plain[date | None]


class HeldRow(Versioned, Base):
    """A member's certification in its current state."""

    __tablename__ = "held"

    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    certification_id: About[Slug] = mapped_column(ForeignKey("certification.id"), primary_key=True)
    level: About[Level]
    status: About[HeldStatus]
    valid_from: About[Utc]
    valid_until: About[Utc | None] = mapped_column(index=True)
    granted_by: ActorRef[str]
    granted_at: About[Utc]

    # Few of a certification's ten thousand holders are its trainers.
    __table_args__ = (Index("ix_held_certification_id_level", "certification_id", "level"),)


class HeldHistory(Base):
    """A step in a certification's history. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "held_history"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid]
    certification_id: About[Slug]
    at: About[Utc]
    by: ActorRef[str]
    action: About[HeldAction]
    level: About[Level]
    valid_until: About[Utc | None]
    reason: MemberText[Text | None]
    operation: Plain[Uuid | None]
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

    session_id: Plain[Uuid] = mapped_column(ForeignKey("course_session.id"), primary_key=True)
    enrolled: Plain[int]
    attended: Plain[int]
    passed: Plain[int]
    certified: Plain[int]

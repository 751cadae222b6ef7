"""Tables of training."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import CertificationKind, HeldStatus, Level
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
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
    cancelled_reason: Mapped[Text | None]
    """For who was to come."""
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
    moved_up_at: Mapped[Utc | None]
    """When a place came free for them who waited."""
    time_changed_at: Mapped[Utc | None]
    """When the session was moved to another time after they enrolled."""
    counts_from: Mapped[Utc | None]
    """From when what they use is the session's; null: from its start (decision 0272)."""
    attended_at: Mapped[Utc | None]
    outcome: Mapped[Outcome | None]
    outcome_by: Mapped[str | None]
    outcome_at: Mapped[Utc | None]
    certified_at: Mapped[Utc | None]


class ValidityKind(StrEnum):
    """When a certification ends: never, after days, on a date, or unused for days."""

    NEVER = "never"
    DURATION = "duration"
    DATE = "date"
    DISUSE = "disuse"


class HeldAction(StrEnum):
    """A step in the life of a held certification."""

    GRANTED = "granted"
    FOUNDING = "founding"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"
    """A grant by mistake, taken back by who gave it, at once."""


class Scope(StrEnum):
    """Where something that a site owns counts: there only, or at every site of the network."""

    SITE = "site"
    NETWORK = "network"


class CourseRow(Versioned, Base):
    """What is taught: the certifications that it grants, and those that it needs first."""

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
    """That a member holds a certification, as it stands now."""

    __tablename__ = "held"

    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    certification_id: Mapped[Slug] = mapped_column(ForeignKey("certification.id"), primary_key=True)
    level: Mapped[Level]
    status: Mapped[HeldStatus]
    valid_from: Mapped[Utc]
    valid_until: Mapped[Utc | None] = mapped_column(index=True)
    granted_by: Mapped[str]
    granted_at: Mapped[Utc]

    # Of ten thousand who hold it, its trainers are few.
    __table_args__ = (Index("ix_held_certification_id_level", "certification_id", "level"),)


class HeldHistory(Base):
    """One step: who did what, when and why. Triggers refuse UPDATE and DELETE."""

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

    __table_args__ = (
        Index("ix_held_history_member_id_certification_id", "member_id", "certification_id"),
        Index("ix_held_history_at", "at"),
    )


class CourseSessionPast(Base):
    """How many people took part in a course session of whom nothing is kept any more."""

    __tablename__ = "course_session_past"

    session_id: Mapped[Uuid] = mapped_column(ForeignKey("course_session.id"), primary_key=True)
    enrolled: Mapped[int]
    attended: Mapped[int]
    passed: Mapped[int]
    certified: Mapped[int]

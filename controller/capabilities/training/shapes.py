"""Shapes of the training feature, as the API and the pages exchange them."""

from datetime import date as Date
from typing import Annotated

import msgspec

from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.training.models import (
    CourseSessionKind,
    EnrolmentStatus,
    HeldAction,
    Outcome,
    Scope,
)
from controller.domain.facts import CertificationKind, HeldStatus, Level
from controller.domain.time import Utc
from controller.kernel.shapes import BadgeNumber, Days, Label, Line, Note, OneOf, Shape, Slug

Places = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class CourseFields(Shape, frozen=True, kw_only=True):
    """The fields of a course that can be changed."""

    name: Label
    grants: tuple[Slug, ...] = ()
    """Certifications that participants who pass are given."""
    requires: tuple[Slug, ...] = ()
    """Certifications and documents that a participant must hold first."""
    scope: Scope = Scope.NETWORK
    """`network`: every site may hold sessions of it; `site`: its own site only."""


class NewCourse(CourseFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None
    """The site that owns the course and alone may change it; optional if there is only one site."""


class Course(CourseFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int


class CourseSessionFields(OnBehalf, frozen=True, kw_only=True):
    """The fields of a course session that can be changed. `places`: null for unlimited."""

    starts_at: Utc
    ends_at: Utc
    kind: CourseSessionKind = CourseSessionKind.COURSE
    places: Places | None = None
    theme: Line | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    """Minutes taught; null: the time between start and end."""
    headcount: Places | None = None
    """Number of people who came without having enrolled."""
    trainer_id: str | None = None

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be after starts_at")


class NewCourseSession(CourseSessionFields, frozen=True, kw_only=True):
    course_id: Slug | None = None
    """Null for a session that certifies nobody, such as an event."""
    site_id: Slug | None = None


class CourseSession(CourseSessionFields, frozen=True, kw_only=True):
    id: str
    site_id: Slug
    course_id: Slug | None
    enrolled: int
    waiting: int
    is_open: bool
    """Whether members can still enrol."""
    cancelled_at: Utc | None
    version: int


class NewEnrolment(Shape, frozen=True, kw_only=True):
    member_id: str


class Attended(OneOf, frozen=True, kw_only=True):
    """A member who attends, by badge number or by id."""

    ONE_OF = ("badge", "member_id")

    badge: BadgeNumber | None = None
    member_id: str | None = None


class Enrolment(Shape, frozen=True, kw_only=True):
    """A member's enrolment in a course session."""

    member_id: str
    name: str
    status: EnrolmentStatus
    attended_at: Utc | None
    outcome: Outcome | None
    certified_at: Utc | None


class UpcomingEnrolment(Shape, frozen=True, kw_only=True):
    """An upcoming course session in which a member is enrolled or waiting."""

    session_id: str
    site_id: Slug
    name: Label | None
    theme: Line | None
    starts_at: Utc
    status: EnrolmentStatus
    moved_up: bool
    """Whether the member moved up from the waiting list."""
    grants: tuple[Slug, ...]


class Result(Shape, frozen=True, kw_only=True):
    """A member's outcome in a past course session."""

    name: Label | None
    theme: Line | None
    starts_at: Utc
    outcome: Outcome


class NewOutcome(Shape, frozen=True, kw_only=True):
    outcome: Outcome


class Refusal(Shape, frozen=True, kw_only=True):
    """A member who was not certified, and why."""

    member_id: str
    reason: str


class Certified(Shape, frozen=True, kw_only=True):
    """The result of *Certify all who passed*: member ids, and who was refused."""

    certified: tuple[str, ...]
    refused: tuple[Refusal, ...]


class NextSession(Shape, frozen=True, kw_only=True):
    """The next course session with a free seat that grants a missing certification.

    `free` is null if seats are unlimited.
    """

    id: str
    course_id: Slug
    starts_at: Utc
    free: int | None


class Never(Shape, frozen=True, kw_only=True, tag_field="kind", tag="never"):
    """The certification does not end."""


class Duration(Shape, frozen=True, kw_only=True, tag_field="kind", tag="duration"):
    """The certification ends some days after it was given."""

    days: Days


class OnDate(Shape, frozen=True, kw_only=True, tag_field="kind", tag="date"):
    """The certification ends at the end of a date, in the time zone of the member's site."""

    date: Date


class Disuse(Shape, frozen=True, kw_only=True, tag_field="kind", tag="disuse"):
    """The certification ends after some days without use."""

    days: Days


Validity = Never | Duration | OnDate | Disuse


class CertificationFields(Shape, frozen=True, kw_only=True):
    """The fields of a certification that can be changed. A `document` needs no course."""

    name: Label
    kind: CertificationKind = CertificationKind.CERTIFICATION
    validity: Validity = Never()
    scope: Scope = Scope.NETWORK
    """`network`: it is valid at every site; `site`: only at its own site."""


class NewCertification(CertificationFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None
    """The site that owns it and alone may change it; optional if there is only one site."""


class Certification(CertificationFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int


class Grant(Shape, frozen=True, kw_only=True):
    """The body of `PUT members/{id}/certifications/{certification_id}`."""

    level: Level = Level.USER
    reason: Note | None = None
    """Required of an admin who appoints a certification's first trainer."""


class Reason(Shape, frozen=True, kw_only=True):
    """Why something about a person is changed."""

    reason: Note


class Held(Shape, frozen=True, kw_only=True):
    """A certification of a member in its current state."""

    certification_id: Slug
    level: Level
    status: HeldStatus
    valid_from: Utc
    valid_until: Utc | None
    granted_by: str
    """Opaque reference of the actor who gave it."""
    granted_by_name: str | None
    """The actor's name; null if the reader may not see it."""
    granted_at: Utc


class HeldStep(Shape, frozen=True, kw_only=True):
    """One step in the history of a member's certification."""

    at: Utc
    by: str
    action: HeldAction
    level: Level
    valid_until: Utc | None
    reason: str | None

"""Shapes of training, as the API and the pages see them."""

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
    """What can be changed of a course."""

    name: Label
    grants: tuple[Slug, ...] = ()
    """Certifications that whoever passes gets."""
    requires: tuple[Slug, ...] = ()
    """Certifications and documents that one must hold first."""
    scope: Scope = Scope.NETWORK
    """`network`: every site may hold sessions of it; `site`: its own site only."""


class NewCourse(CourseFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None
    """The site that owns it and alone may change it; may be left out where there is only one."""


class Course(CourseFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int


class CourseSessionFields(OnBehalf, frozen=True, kw_only=True):
    """What can be changed of a course session. No places: as many as come."""

    starts_at: Utc
    ends_at: Utc
    kind: CourseSessionKind = CourseSessionKind.COURSE
    places: Places | None = None
    theme: Line | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    """Taught; null: from its start to its end."""
    headcount: Places | None = None
    """People who came without being named."""
    trainer_id: str | None = None

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be after starts_at")


class NewCourseSession(CourseSessionFields, frozen=True, kw_only=True):
    course_id: Slug | None = None
    """None for what certifies nobody, such as an event."""
    site_id: Slug | None = None


class CourseSession(CourseSessionFields, frozen=True, kw_only=True):
    id: str
    site_id: Slug
    course_id: Slug | None
    enrolled: int
    waiting: int
    is_open: bool
    """Whether members can still enrol themselves."""
    cancelled_at: Utc | None
    version: int


class NewEnrolment(Shape, frozen=True, kw_only=True):
    member_id: str


class Attended(OneOf, frozen=True, kw_only=True):
    """Who is there: by the number of their badge, or by member."""

    ONE_OF = ("badge", "member_id")

    badge: BadgeNumber | None = None
    member_id: str | None = None


class Enrolment(Shape, frozen=True, kw_only=True):
    """A member at a course session."""

    member_id: str
    name: str
    status: EnrolmentStatus
    attended_at: Utc | None
    outcome: Outcome | None
    certified_at: Utc | None


class Coming(Shape, frozen=True, kw_only=True):
    """A course session that a member is enrolled in, or waits for."""

    session_id: str
    site_id: Slug
    name: Label | None
    theme: Line | None
    starts_at: Utc
    status: EnrolmentStatus
    moved_up: bool
    """Whether they waited, and a place came free."""
    grants: tuple[Slug, ...]


class Result(Shape, frozen=True, kw_only=True):
    """How it went for a member in a course session."""

    name: Label | None
    theme: Line | None
    starts_at: Utc
    outcome: Outcome


class NewOutcome(Shape, frozen=True, kw_only=True):
    outcome: Outcome


class Refusal(Shape, frozen=True, kw_only=True):
    """Who was not certified, and why."""

    member_id: str
    reason: str


class Certified(Shape, frozen=True, kw_only=True):
    """What *certify all who passed* did."""

    certified: tuple[str, ...]
    refused: tuple[Refusal, ...]


class NextSession(Shape, frozen=True, kw_only=True):
    """The next course session with a free place that would help; `free` is null for any number."""

    id: str
    course_id: Slug
    starts_at: Utc
    free: int | None


class Never(Shape, frozen=True, kw_only=True, tag_field="kind", tag="never"):
    """It does not end."""


class Duration(Shape, frozen=True, kw_only=True, tag_field="kind", tag="duration"):
    """It ends some days after it was given."""

    days: Days


class OnDate(Shape, frozen=True, kw_only=True, tag_field="kind", tag="date"):
    """It ends at the end of a calendar date, at the member's site."""

    date: Date


class Disuse(Shape, frozen=True, kw_only=True, tag_field="kind", tag="disuse"):
    """It ends when it was not used for some days."""

    days: Days


Validity = Never | Duration | OnDate | Disuse


class CertificationFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a certification. A `document` needs no course."""

    name: Label
    kind: CertificationKind = CertificationKind.CERTIFICATION
    validity: Validity = Never()
    scope: Scope = Scope.NETWORK
    """`network`: whoever holds it holds it at every site; `site`: at its own site only."""


class NewCertification(CertificationFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None
    """The site that owns it and alone may change it; may be left out where there is only one."""


class Certification(CertificationFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int


class Grant(Shape, frozen=True, kw_only=True):
    """What `PUT members/{id}/certifications/{certification_id}` says."""

    level: Level = Level.USER
    reason: Note | None = None
    """Asked of an admin who names a certification's first trainer."""


class Reason(Shape, frozen=True, kw_only=True):
    """Why something about a person is changed."""

    reason: Note


class Held(Shape, frozen=True, kw_only=True):
    """A certification that a member holds, as it stands."""

    certification_id: Slug
    level: Level
    status: HeldStatus
    valid_from: Utc
    valid_until: Utc | None
    granted_by: str
    """Opaque reference of who gave it; `granted_by_name` where the name may be shown."""
    granted_by_name: str | None
    granted_at: Utc


class HeldStep(Shape, frozen=True, kw_only=True):
    """One step of its history."""

    at: Utc
    by: str
    action: HeldAction
    level: Level
    valid_until: Utc | None
    reason: str | None

"""A course session as who runs it sees it: a line a person, and whom it certifies."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import (
    certify_rights,
    course_sessions,
    courses,
    enrolments,
    trainers,
    waiting_list,
)
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
    Outcome,
)
from controller.capabilities.training.shapes import Course, CourseSession, Enrolment
from controller.domain.facts import HeldStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission

Holds = Mapping[str, Mapping[str, HeldRow]]
"""What each member holds, by member and certification."""


class NotCertifiedReason(StrEnum):
    """Why somebody who passed is not certified."""

    MISSING = "missing"
    """Something must be held first."""
    SUSPENDED = "suspended"
    ONESELF = "oneself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Somebody who takes part or waits."""

    enrolment: Enrolment
    missing: tuple[str, ...]
    """What must be held first, and is not."""
    refused: NotCertifiedReason | None
    over: Utc | None
    """Since when what the course grants is over for them, who take it again."""

    @property
    def is_ready(self) -> bool:
        """Whether *certify* is for them."""
        one = self.enrolment
        passed = one.outcome is Outcome.PASSED and one.certified_at is None
        return passed and self.refused is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    session: CourseSession
    course: Course | None
    trainer: str | None
    cancelled_reason: str | None
    lines: tuple[Line, ...]
    waiting: tuple[Line, ...]
    runs: bool
    """Whether the actor notes outcomes."""
    may_certify: bool
    """Whether the actor may give all that the course grants."""
    puts_back: bool
    """Whether whom the actor takes off they can put back."""
    next_in_line: str
    """Who gets the place of somebody who is taken off; empty: nobody waits for it."""

    @property
    def ready(self) -> int:
        """How many *certify* is for."""
        return sum(line.is_ready for line in self.lines)


def read(db: Session, session_id: str, *, actor: Actor, now: Utc) -> Sheet:
    """The session with its people; those who may not read of members see themselves only.

    Raises NotFound.
    """
    row = course_sessions.session_row(db, session_id, actor)
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    people = enrolments.of_session(db, session_id, actor=actor, now=now)
    gives = course is not None and _gives(db, row, course, actor, now)
    oneself = actor.member_id if gives else None
    lines = _lines(db, row, course, people, oneself, now)
    trainer = db.get(MemberRow, row.trainer_id) if row.trainer_id else None
    return Sheet(
        session=course_sessions.shapes(db, [row])[0],
        course=courses.shape(course) if course else None,
        trainer=trainer.display_name if trainer else None,
        cancelled_reason=row.cancelled_reason,
        lines=tuple(line for line in lines if _takes_part(line)),
        waiting=tuple(line for line in lines if not _takes_part(line)),
        runs=course_sessions.teaches(db, row, actor, now),
        may_certify=gives,
        puts_back=trainers.decides_costs(db, row, actor=actor, now=now),
        next_in_line=waiting_list.next_in_line(db, [row.id]).get(row.id, ""),
    )


def _takes_part(line: Line) -> bool:
    return line.enrolment.status is EnrolmentStatus.ENROLLED


def missing_of(
    db: Session, session_id: str, members: Sequence[str], *, actor: Actor, now: Utc
) -> dict[str, tuple[str, ...]]:
    """What each would have to hold first; raises NotFound."""
    row = course_sessions.session_row(db, session_id, actor)
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    if course is None:
        return {}
    holds = _holds(db, course.requires, members)
    at = max(now, row.starts_at)
    return {member: _missing(course, holds.get(member, {}), at) for member in members}


def count_passed(
    db: Session,
    rows: Sequence[CourseSessionRow],
    known: Mapping[str, CourseRow],
    now: Utc,
    *,
    oneself: str | None = None,
) -> Counter[tuple[str, bool]]:
    """Per session, the number of people who passed and are not certified, by whether they can be.

    `known` is their courses by id. `oneself` is the actor, who counts in neither, since somebody
    else has to certify them.
    """
    sessions = {row.id: row for row in rows}
    theirs = db.execute(
        select(EnrolmentRow.session_id, EnrolmentRow.member_id).where(
            EnrolmentRow.session_id.in_(sessions),
            EnrolmentRow.status == EnrolmentStatus.ENROLLED,
            EnrolmentRow.outcome == Outcome.PASSED,
            EnrolmentRow.certified_at.is_(None),
            EnrolmentRow.member_id != (oneself or ""),
        )
    ).all()
    keys = {key for course in known.values() for key in (*course.grants, *course.requires)}
    holds = _holds(db, sorted(keys), [member for _, member in theirs])
    found: Counter[tuple[str, bool]] = Counter()
    for session_id, member in theirs:
        row = sessions[session_id]
        course = known.get(row.course_id or "")
        if course is not None and course.grants:
            refused = _refused(course, holds.get(member, {}), max(now, row.starts_at))
            found[session_id, refused is None] += 1
    return found


def _lines(
    db: Session,
    row: CourseSessionRow,
    course: CourseRow | None,
    people: Sequence[Enrolment],
    oneself: str | None,
    now: Utc,
) -> list[Line]:
    if course is None:
        return [Line(enrolment=person, missing=(), refused=None, over=None) for person in people]
    keys = [*course.grants, *course.requires]
    holds = _holds(db, keys, [person.member_id for person in people])
    at = max(now, row.starts_at)
    return [
        _line(person, course, holds.get(person.member_id, {}), oneself, at) for person in people
    ]


def _line(
    one: Enrolment, course: CourseRow, held: Mapping[str, HeldRow], oneself: str | None, at: Utc
) -> Line:
    """One participant's line. `oneself` is the reader if they may certify everybody but
    themselves."""
    missing = _missing(course, held, at)
    granted = [held[grant] for grant in course.grants if grant in held]
    refused = NotCertifiedReason.ONESELF if one.member_id == oneself else _refused(course, held, at)
    ends = [
        certification.valid_until
        for certification in granted
        if certification.valid_until and certification.valid_until <= at
    ]
    return Line(enrolment=one, missing=missing, refused=refused, over=max(ends, default=None))


def _refused(course: CourseRow, held: Mapping[str, HeldRow], at: Utc) -> NotCertifiedReason | None:
    """Why somebody is not certified whoever does it."""
    granted = [held[grant] for grant in course.grants if grant in held]
    if any(certification.status is HeldStatus.SUSPENDED for certification in granted):
        return NotCertifiedReason.SUSPENDED
    return NotCertifiedReason.MISSING if _missing(course, held, at) else None


def _missing(course: CourseRow, held: Mapping[str, HeldRow], at: Utc) -> tuple[str, ...]:
    return tuple(key for key in course.requires if not _in_force(held.get(key), at))


def _in_force(held: HeldRow | None, at: Utc) -> bool:
    if held is None or held.status is not HeldStatus.ACTIVE:
        return False
    return held.valid_until is None or held.valid_until > at


def _holds(db: Session, keys: Sequence[str], members: Sequence[str]) -> Holds:
    found: defaultdict[str, dict[str, HeldRow]] = defaultdict(dict)
    if keys and members:
        here = HeldRow.member_id.in_(members) & HeldRow.certification_id.in_(keys)
        for row in db.scalars(select(HeldRow).where(here)):
            found[row.member_id][row.certification_id] = row
    return found


def _gives(db: Session, row: CourseSessionRow, course: CourseRow, actor: Actor, now: Utc) -> bool:
    if not course.grants:
        return False
    if actor.may(Permission.CERTIFY, row.site_id):
        return True
    return certify_rights.taught_by(db, actor, course.grants, now) >= set(course.grants)

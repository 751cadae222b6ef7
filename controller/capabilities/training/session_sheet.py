"""A course session as the page for its trainer shows it: participants, and who can be certified."""

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
from controller.kernel.names import names_of

Holds = Mapping[str, Mapping[str, HeldRow]]
"""The certifications of each member, by member id and certification id."""


class NotCertifiedReason(StrEnum):
    """Why somebody who passed is not certified."""

    MISSING = "missing"
    """The member lacks a certification that is required first."""
    SUSPENDED = "suspended"
    ONESELF = "oneself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One participant, or one member on the waiting list."""

    enrolment: Enrolment
    missing: tuple[str, ...]
    """Certifications that are required first and that the member lacks."""
    refused: NotCertifiedReason | None
    over: Utc | None
    """When the member's earlier certification ended, if they take the course again.

    Otherwise None.
    """

    @property
    def is_ready(self) -> bool:
        """Return whether the button *Certify* applies to them: they passed and can be certified."""
        one = self.enrolment
        passed = one.outcome is Outcome.PASSED and one.certified_at is None
        return passed and self.refused is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the page of a course session shows."""

    session: CourseSession
    course: Course | None
    trainer: str | None
    """The trainer's name."""
    cancelled_reason: str | None
    lines: tuple[Line, ...]
    waiting: tuple[Line, ...]
    waiting_before: int
    """How many wait before the first of these, where the actor may not see them."""
    runs: bool
    """Whether the actor may note outcomes."""
    may_certify: bool
    """Whether the actor may give every certification that the course grants."""
    outcome_by: Mapping[str, str]
    """Who noted the outcomes that the actor can't change, by member; empty: no longer known."""
    puts_back: bool
    """Whether the actor may enrol again a participant whom they withdrew."""
    next_in_line: str
    """The member who would move up from the waiting list; empty: nobody waits."""

    @property
    def ready(self) -> int:
        """Return how many participants the button *Certify* applies to."""
        return sum(line.is_ready for line in self.lines)


def read(db: Session, session_id: str, *, actor: Actor, now: Utc) -> Sheet:
    """Read a session with its participants; actors who may not read members see only themselves.

    Raises NotFound.
    """
    row = course_sessions.session_row(db, session_id, actor)
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    people = enrolments.of_session(db, session_id, actor=actor, now=now)
    gives = course is not None and _may_certify(db, row, course, actor, now)
    oneself = actor.member_id if gives else None
    lines = _lines(db, row, course, people, oneself, now)
    trainer = db.get(MemberRow, row.trainer_id) if row.trainer_id else None
    decides = trainers.decides_costs(db, row, actor=actor, now=now)
    waiting = tuple(line for line in lines if not _takes_part(line))
    return Sheet(
        session=course_sessions.shapes(db, [row])[0],
        course=courses.shape(course) if course else None,
        trainer=trainer.display_name if trainer else None,
        cancelled_reason=row.cancelled_reason,
        lines=tuple(line for line in lines if _takes_part(line)),
        waiting=waiting,
        waiting_before=_count_before(db, row, waiting),
        runs=course_sessions.may_run(db, row, actor, now),
        may_certify=gives,
        outcome_by={} if decides else _noted_by_others(db, row, actor),
        puts_back=decides,
        next_in_line=waiting_list.next_in_line(db, [row.id]).get(row.id, ""),
    )


def _noted_by_others(db: Session, row: CourseSessionRow, actor: Actor) -> dict[str, str]:
    """Return who noted outcomes other than the actor, by member, as `enrolments` checks it."""
    theirs = select(EnrolmentRow.member_id, EnrolmentRow.outcome_by).where(
        EnrolmentRow.session_id == row.id,
        EnrolmentRow.outcome.is_not(None),
        EnrolmentRow.outcome_by.is_distinct_from(actor.ref),
    )
    refs = {member: ref or "" for member, ref in db.execute(theirs)}
    names = names_of(db, set(refs.values()))
    return {member: names.get(ref, "") for member, ref in refs.items()}


def _count_before(db: Session, row: CourseSessionRow, waiting: Sequence[Line]) -> int:
    return waiting_list.count_before(db, row, waiting[0].enrolment.member_id) if waiting else 0


def _takes_part(line: Line) -> bool:
    return line.enrolment.status is EnrolmentStatus.ENROLLED


def missing_certifications(
    db: Session, session_id: str, members: Sequence[str], *, actor: Actor, now: Utc
) -> dict[str, tuple[str, ...]]:
    """Return the certifications that each member lacks for the session. Raises NotFound."""
    row = course_sessions.session_row(db, session_id, actor)
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    if course is None:
        return {}
    holds = _read_certifications(db, course.requires, members)
    at = max(now, row.starts_at)
    return {member: _missing_requirements(course, holds.get(member, {}), at) for member in members}


def count_passed(
    db: Session,
    rows: Sequence[CourseSessionRow],
    known: Mapping[str, CourseRow],
    now: Utc,
    *,
    oneself: str | None = None,
) -> Counter[tuple[str, bool]]:
    """Count the people who passed and are not certified yet, by session and whether they can be.

    `known` has the courses by id. `oneself` is the actor, who is not counted, since somebody else
    has to certify them.
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
    holds = _read_certifications(db, sorted(keys), [member for _, member in theirs])
    found: Counter[tuple[str, bool]] = Counter()
    for session_id, member in theirs:
        row = sessions[session_id]
        course = known.get(row.course_id or "")
        if course is not None and course.grants:
            refused = _refusal(course, holds.get(member, {}), max(now, row.starts_at))
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
    holds = _read_certifications(db, keys, [person.member_id for person in people])
    at = max(now, row.starts_at)
    return [
        _line(person, course, holds.get(person.member_id, {}), oneself, at) for person in people
    ]


def _line(
    one: Enrolment, course: CourseRow, held: Mapping[str, HeldRow], oneself: str | None, at: Utc
) -> Line:
    """Return one participant's line.

    `oneself` is the actor's member id if they may certify the others.
    """
    missing = _missing_requirements(course, held, at)
    granted = [held[grant] for grant in course.grants if grant in held]
    refused = NotCertifiedReason.ONESELF if one.member_id == oneself else _refusal(course, held, at)
    ends = [
        certification.valid_until
        for certification in granted
        if certification.valid_until and certification.valid_until <= at
    ]
    return Line(enrolment=one, missing=missing, refused=refused, over=max(ends, default=None))


def _refusal(course: CourseRow, held: Mapping[str, HeldRow], at: Utc) -> NotCertifiedReason | None:
    """Return why nobody can certify this member; None: they can be certified."""
    granted = [held[grant] for grant in course.grants if grant in held]
    if any(certification.status is HeldStatus.SUSPENDED for certification in granted):
        return NotCertifiedReason.SUSPENDED
    return NotCertifiedReason.MISSING if _missing_requirements(course, held, at) else None


def _missing_requirements(
    course: CourseRow, held: Mapping[str, HeldRow], at: Utc
) -> tuple[str, ...]:
    return tuple(key for key in course.requires if not _in_force(held.get(key), at))


def _in_force(held: HeldRow | None, at: Utc) -> bool:
    if held is None or held.status is not HeldStatus.ACTIVE:
        return False
    return held.valid_until is None or held.valid_until > at


def _read_certifications(db: Session, keys: Sequence[str], members: Sequence[str]) -> Holds:
    found: defaultdict[str, dict[str, HeldRow]] = defaultdict(dict)
    if keys and members:
        here = HeldRow.member_id.in_(members) & HeldRow.certification_id.in_(keys)
        for row in db.scalars(select(HeldRow).where(here)):
            found[row.member_id][row.certification_id] = row
    return found


def _may_certify(
    db: Session, row: CourseSessionRow, course: CourseRow, actor: Actor, now: Utc
) -> bool:
    if not course.grants:
        return False
    if actor.may(Permission.CERTIFY, row.site_id):
        return True
    return certify_rights.taught_by(db, actor, course.grants, now) >= set(course.grants)

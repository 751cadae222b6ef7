"""A course session for its trainer's page: participants, and who can be certified."""

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
    list_changes,
    trainers,
    waiting_list,
)
from controller.capabilities.training.list_changes import ListChanges
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

CertificationsByMember = Mapping[str, Mapping[str, HeldRow]]
"""The certifications of each member, by member id and certification id."""


class NotCertifiedReason(StrEnum):
    """Why somebody who passed is not certified."""

    MISSING = "missing"
    """The member lacks a certification that the course requires."""
    SUSPENDED = "suspended"
    ONESELF = "oneself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A participant, or a member on the waiting list."""

    enrolment: Enrolment
    missing: tuple[str, ...]
    """Required certifications that the member lacks."""
    refused: NotCertifiedReason | None
    previous_end: Utc | None
    """When the member's earlier certification ended, if they take the course again."""
    held_since: Utc | None = None
    """Since when the member has held everything that the course grants, if it is valid then."""

    @property
    def is_ready(self) -> bool:
        """Return whether *Certify* applies to them: they passed and can be certified."""
        enrolment = self.enrolment
        passed = enrolment.outcome is Outcome.PASSED and enrolment.certified_at is None
        return passed and self.refused is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The contents of a course session's page."""

    session: CourseSession
    course: Course | None
    trainer: str | None
    """The trainer's name."""
    cancelled_reason: str | None
    lines: tuple[Line, ...]
    waiting: tuple[Line, ...]
    waiting_before: int
    """How many wait before the first of these, if the actor can't see them."""
    may_run: bool
    may_certify: bool
    """Whether the actor may give every certification that the course grants."""
    outcome_by: Mapping[str, str]
    """Who noted the outcomes that the actor can't change, by member; empty if no longer known."""
    may_reenrol: bool
    """Whether the actor may enrol again a participant whom they withdrew."""
    changes: ListChanges | None
    """What others did to the list and the names on it, for those who run the session."""
    next_in_line: str
    """The member who would move up from the waiting list; empty if nobody waits."""

    @property
    def ready(self) -> int:
        """Return to how many participants *Certify* applies."""
        return sum(line.is_ready for line in self.lines)


def read(db: Session, session_id: str, *, actor: Actor, now: Utc) -> Sheet:
    """Read a session with its participants; actors who may not read members see only themselves.

    Raises NotFound.
    """
    row = course_sessions.session_row(db, session_id, actor)
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    people = enrolments.of_session(db, session_id, actor=actor, now=now)
    may_certify = course is not None and _may_certify(db, row, course, actor, now)
    oneself = actor.member_id if may_certify else None
    lines = _lines(db, row, course, people, oneself, now)
    trainer = db.get(MemberRow, row.trainer_id) if row.trainer_id else None
    may_decide = trainers.decides_costs(db, row, actor=actor, now=now)
    may_run = course_sessions.may_run(db, row, actor, now)
    waiting_lines = tuple(line for line in lines if not _takes_part(line))
    return Sheet(
        session=course_sessions.shapes(db, [row])[0],
        course=courses.shape(course) if course else None,
        trainer=trainer.display_name if trainer else None,
        cancelled_reason=row.cancelled_reason,
        lines=tuple(line for line in lines if _takes_part(line)),
        waiting=waiting_lines,
        waiting_before=_count_before(db, row, waiting_lines),
        may_run=may_run,
        changes=list_changes.read(db, row, actor=actor, now=now) if may_run else None,
        may_certify=may_certify,
        outcome_by={} if may_decide else _noted_by_others(db, row, actor),
        may_reenrol=may_decide,
        next_in_line=waiting_list.next_in_line(db, [row.id]).get(row.id, ""),
    )


def _noted_by_others(db: Session, row: CourseSessionRow, actor: Actor) -> dict[str, str]:
    """Return, by member, who else noted an outcome, like the check in `enrolments`."""
    noted_outcomes = select(EnrolmentRow.member_id, EnrolmentRow.outcome_by).where(
        EnrolmentRow.session_id == row.id,
        EnrolmentRow.outcome.is_not(None),
        EnrolmentRow.outcome_by.is_distinct_from(actor.ref),
    )
    refs = {member: ref or "" for member, ref in db.execute(noted_outcomes)}
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
    certifications = _read_certifications(db, course.requires, members)
    at = max(now, row.starts_at)
    return {
        member: _missing_requirements(course, certifications.get(member, {}), at)
        for member in members
    }


def count_passed(
    db: Session,
    rows: Sequence[CourseSessionRow],
    courses_by_id: Mapping[str, CourseRow],
    now: Utc,
    *,
    oneself: str | None = None,
) -> Counter[tuple[str, bool]]:
    """Count the people who passed and are not certified, by session and whether they can be.

    `oneself`: the actor, who is not counted, since somebody else has to certify them.
    """
    sessions = {row.id: row for row in rows}
    passed = db.execute(
        select(EnrolmentRow.session_id, EnrolmentRow.member_id).where(
            EnrolmentRow.session_id.in_(sessions),
            EnrolmentRow.status == EnrolmentStatus.ENROLLED,
            EnrolmentRow.outcome == Outcome.PASSED,
            EnrolmentRow.certified_at.is_(None),
            EnrolmentRow.member_id != (oneself or ""),
        )
    ).all()
    keys = {key for course in courses_by_id.values() for key in (*course.grants, *course.requires)}
    certifications = _read_certifications(db, sorted(keys), [member for _, member in passed])
    counts: Counter[tuple[str, bool]] = Counter()
    for session_id, member in passed:
        row = sessions[session_id]
        course = courses_by_id.get(row.course_id or "")
        if course is not None and course.grants:
            refused = _refusal(course, certifications.get(member, {}), max(now, row.starts_at))
            counts[session_id, refused is None] += 1
    return counts


def _lines(
    db: Session,
    row: CourseSessionRow,
    course: CourseRow | None,
    people: Sequence[Enrolment],
    oneself: str | None,
    now: Utc,
) -> list[Line]:
    if course is None:
        return [
            Line(enrolment=person, missing=(), refused=None, previous_end=None) for person in people
        ]
    keys = [*course.grants, *course.requires]
    certifications = _read_certifications(db, keys, [person.member_id for person in people])
    at = max(now, row.starts_at)
    return [
        _line(person, course, certifications.get(person.member_id, {}), oneself, at)
        for person in people
    ]


def _line(
    enrolment: Enrolment,
    course: CourseRow,
    held_rows: Mapping[str, HeldRow],
    oneself: str | None,
    at: Utc,
) -> Line:
    """Return a participant's line.

    `oneself`: the actor's member id if they may certify the others.
    """
    missing = _missing_requirements(course, held_rows, at)
    granted = [held_rows[grant] for grant in course.grants if grant in held_rows]
    refused = (
        NotCertifiedReason.ONESELF
        if enrolment.member_id == oneself
        else _refusal(course, held_rows, at)
    )
    ends = [
        certification.valid_until
        for certification in granted
        if certification.valid_until and certification.valid_until <= at
    ]
    return Line(
        enrolment=enrolment,
        missing=missing,
        refused=refused,
        previous_end=max(ends, default=None),
        held_since=_held_since(course, held_rows, at),
    )


def _held_since(course: CourseRow, held_rows: Mapping[str, HeldRow], at: Utc) -> Utc | None:
    if not all(_in_force(held_rows.get(grant), at) for grant in course.grants):
        return None
    return max((held_rows[grant].granted_at for grant in course.grants), default=None)


def _refusal(
    course: CourseRow, held_rows: Mapping[str, HeldRow], at: Utc
) -> NotCertifiedReason | None:
    """Return why nobody can certify this member, or None."""
    granted = [held_rows[grant] for grant in course.grants if grant in held_rows]
    if any(certification.status is HeldStatus.SUSPENDED for certification in granted):
        return NotCertifiedReason.SUSPENDED
    return NotCertifiedReason.MISSING if _missing_requirements(course, held_rows, at) else None


def _missing_requirements(
    course: CourseRow, held_rows: Mapping[str, HeldRow], at: Utc
) -> tuple[str, ...]:
    return tuple(key for key in course.requires if not _in_force(held_rows.get(key), at))


def _in_force(held_row: HeldRow | None, at: Utc) -> bool:
    if held_row is None or held_row.status is not HeldStatus.ACTIVE:
        return False
    return held_row.valid_until is None or held_row.valid_until > at


def _read_certifications(
    db: Session, keys: Sequence[str], members: Sequence[str]
) -> CertificationsByMember:
    certifications: defaultdict[str, dict[str, HeldRow]] = defaultdict(dict)
    if keys and members:
        conditions = HeldRow.member_id.in_(members) & HeldRow.certification_id.in_(keys)
        for row in db.scalars(select(HeldRow).where(conditions)):
            certifications[row.member_id][row.certification_id] = row
    return certifications


def _may_certify(
    db: Session, row: CourseSessionRow, course: CourseRow, actor: Actor, now: Utc
) -> bool:
    if not course.grants:
        return False
    if actor.may(Permission.CERTIFY, row.site_id):
        return True
    return certify_rights.taught_by(db, actor, course.grants, now) >= set(course.grants)

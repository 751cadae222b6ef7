"""Certifies everybody who passed a course session, in one action."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.training import certify_rights, member_certifications
from controller.capabilities.training.changes import CourseSessionNews
from controller.capabilities.training.course_sessions import check_begun, session_row
from controller.capabilities.training.enrolments import missing_requirements
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
    Outcome,
)
from controller.capabilities.training.shapes import Certified, Grant, Refusal
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, ServiceError
from controller.kernel.outbox import post_news


def certify(
    db: Session, session_id: str, *, actor: Actor, now: Utc, members: Collection[str] | None = None
) -> Certified:
    """Give the course's certifications to everybody who passed; a refusal for one does not stop the
    others.

    With `members`, only these; others, who were added or passed after the page was shown, are
    refused. Repeating it certifies only those who passed since. Raises Conflict if the course
    grants nothing.
    """
    session = session_row(db, session_id, actor, lock=True)
    course = db.get(CourseRow, session.course_id) if session.course_id else None
    if course is None or not course.grants or session.cancelled_at is not None:
        raise Conflict("this session certifies nobody")
    check_begun(session, now)
    passed = select(EnrolmentRow).where(
        EnrolmentRow.session_id == session.id,
        EnrolmentRow.status == EnrolmentStatus.ENROLLED,
        EnrolmentRow.outcome == Outcome.PASSED,
        EnrolmentRow.certified_at.is_(None),
    )
    certified, refused = list[str](), list[Refusal]()
    for row in db.scalars(passed.order_by(EnrolmentRow.id)).all():
        if members is not None and row.member_id not in members:
            refused.append(Refusal(member_id=row.member_id, reason="not among those named"))
            continue
        try:
            with db.begin_nested():
                _certify(db, session, course, row, actor, now)
            certified.append(row.member_id)
        except ServiceError as problem:
            refused.append(Refusal(member_id=row.member_id, reason=str(problem)))
    if certified:
        post_news(db, CourseSessionNews(site=session.site_id, key=session.id))
    return Certified(certified=tuple(certified), refused=tuple(refused))


def last_certified(
    db: Session, session_id: str, members: Collection[str], *, actor: Actor
) -> tuple[Utc, tuple[str, ...]] | None:
    """Return which of the members the actor last certified at one moment, and when."""
    session = session_row(db, session_id, actor)
    course = db.get(CourseRow, session.course_id) if session.course_id else None
    rows = db.execute(
        select(EnrolmentRow.certified_at, EnrolmentRow.member_id)
        .join(
            HeldRow,
            (HeldRow.member_id == EnrolmentRow.member_id)
            & (HeldRow.granted_at == EnrolmentRow.certified_at),
        )
        .where(
            EnrolmentRow.session_id == session.id,
            EnrolmentRow.member_id.in_(members),
            HeldRow.certification_id.in_(course.grants if course else ()),
            HeldRow.granted_by == actor.ref,
        )
        .distinct()
    ).all()
    at = max((row.certified_at for row in rows), default=None)
    if at is None:
        return None
    return at, tuple(row.member_id for row in rows if row.certified_at == at)


def take_back(db: Session, session_id: str, at: Utc, *, actor: Actor, now: Utc) -> int:
    """Withdraw the certifications given at that moment, and return from how many people.

    Only for the actor who gave it, shortly afterwards. Certifications that changed since stay.
    """
    session = session_row(db, session_id, actor, lock=True)
    course = db.get(CourseRow, session.course_id) if session.course_id else None
    certified_rows = select(EnrolmentRow).where(
        EnrolmentRow.session_id == session.id, EnrolmentRow.certified_at == at
    )
    undone = 0
    for row in db.scalars(certified_rows.order_by(EnrolmentRow.id)).all():
        try:
            with db.begin_nested():
                for grant in course.grants if course else ():
                    member_certifications.withdraw(
                        db, row.member_id, grant, actor=actor, now=now, at=at
                    )
                row.certified_at = None
                db.flush()
            undone += 1
        except ServiceError:
            continue
    if undone:
        post_news(db, CourseSessionNews(site=session.site_id, key=session.id))
    return undone


def _certify(
    db: Session,
    session: CourseSessionRow,
    course: CourseRow,
    row: EnrolmentRow,
    actor: Actor,
    now: Utc,
) -> None:
    if missing := missing_requirements(db, session, row.member_id, now):
        raise Conflict(f"required first: {', '.join(missing)}")
    for certification in course.grants:
        level = _at_least_user(db, row.member_id, certification, now)
        member_certifications.grant(
            db, row.member_id, certification, Grant(level=level), actor=actor, now=now
        )
    row.certified_at = now
    db.flush()


def _at_least_user(db: Session, member_id: str, certification: str, now: Utc) -> Level:
    """Return the level to grant: a trainer who takes the course again stays a trainer."""
    current_level = certify_rights.level_now(db, member_id, certification, now)
    return Level.TRAINER if current_level is Level.TRAINER else Level.USER

"""Records the outcomes of a course session, for one participant or for all without one.

Entries that were made offline arrive late. Each names the outcome that it replaces, so that it
never overwrites somebody else's entry, and repeating it changes nothing.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.training import enrolments
from controller.capabilities.training.changes import CourseSessionNews
from controller.capabilities.training.course_sessions import check_begun, check_may_run, session_row
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    Outcome,
)
from controller.capabilities.training.shapes import NewOutcome
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, NotFound, Stale
from controller.kernel.outbox import post_news

_TOLERANCE = timedelta(hours=1)
"""Certifying at a machine counts for a session from an hour before its start to an hour after its
end."""


def note_outcome(
    db: Session,
    session_id: str,
    member_id: str,
    outcome: Outcome | None,
    *,
    seen: Outcome | None,
    actor: Actor,
    now: Utc,
) -> Outcome | None:
    """Note an outcome (None: remove it) if the current one is still `seen`; return the previous
    one.

    Raises NotFound, Stale when another outcome was noted meanwhile, Conflict when the member has
    been certified.
    """
    session = session_row(db, session_id, actor, lock=True)
    check_may_run(db, session, actor, now)
    row = db.get(EnrolmentRow, (session_id, member_id))
    if row is None or row.status is EnrolmentStatus.CANCELLED:
        raise NotFound("enrolment", member_id)
    if row.outcome is outcome:
        return outcome
    if row.outcome is not seen:
        raise Stale("another outcome was noted for this person meanwhile")
    if outcome is None:
        _clear(db, session, row, actor, now)
    else:
        new = NewOutcome(outcome=outcome)
        enrolments.set_outcome(db, session_id, member_id, new, actor=actor, now=now)
    return seen


def note_passed_at_machine(
    db: Session, member_id: str, certification: str, *, site_id: str, actor: Actor, at: Utc
) -> None:
    """Note "passed" for a member who was certified at a machine during a course for that
    certification.

    An existing outcome stays. The session may be another trainer's.
    """
    near = (
        CourseSessionRow.starts_at < at + _TOLERANCE,
        CourseSessionRow.ends_at > at - _TOLERANCE,
    )
    rows = db.execute(
        select(EnrolmentRow, CourseSessionRow, CourseRow)
        .join(CourseSessionRow, CourseSessionRow.id == EnrolmentRow.session_id)
        .join(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            EnrolmentRow.member_id == member_id,
            EnrolmentRow.status == EnrolmentStatus.ENROLLED,
            EnrolmentRow.outcome.is_(None),
            CourseSessionRow.site_id == site_id,
            CourseSessionRow.cancelled_at.is_(None),
            *near,
        )
    )
    for row, session, course in rows.all():
        if certification in course.grants:
            row.outcome, row.outcome_by, row.outcome_at = Outcome.PASSED, actor.ref, at
            row.attended_at = row.attended_at or at
            enrolments.record(db, session, member_id, "course_passed", actor, at)


def pass_the_rest(
    db: Session, session_id: str, members: Collection[str], *, actor: Actor, now: Utc
) -> tuple[int, Utc, int]:
    """Note "passed" for those of the members who have no outcome, except the actor.

    Returns how many and when, and how many others have no outcome: those who were added since. Sent
    again, it returns what the first request noted.
    """
    session = session_row(db, session_id, actor, lock=True)
    check_may_run(db, session, actor, now)
    check_begun(session, now)
    rest = select(EnrolmentRow.member_id).where(
        EnrolmentRow.session_id == session_id,
        EnrolmentRow.status == EnrolmentStatus.ENROLLED,
        EnrolmentRow.outcome.is_(None),
        EnrolmentRow.member_id.is_distinct_from(actor.member_id),
    )
    members_without_outcome = db.scalars(rest.order_by(EnrolmentRow.id)).all()
    shown = [member for member in members_without_outcome if member in members]
    new = NewOutcome(outcome=Outcome.PASSED)
    for member in shown:
        enrolments.set_outcome(db, session_id, member, new, actor=actor, now=now)
    number, at = (len(shown), now) if shown else _passed_last(db, session_id, members, actor, now)
    return number, at, len(members_without_outcome) - len(shown)


def _passed_last(
    db: Session, session_id: str, members: Collection[str], actor: Actor, now: Utc
) -> tuple[int, Utc]:
    """Return how many of the members the actor last noted as passed at one moment, and when."""
    rows = select(EnrolmentRow.outcome_at, func.count()).where(
        EnrolmentRow.session_id == session_id,
        EnrolmentRow.member_id.in_(members),
        EnrolmentRow.outcome == Outcome.PASSED,
        EnrolmentRow.outcome_by == actor.ref,
        EnrolmentRow.certified_at.is_(None),
    )
    at = EnrolmentRow.outcome_at
    last = db.execute(rows.group_by(at).order_by(at.desc()).limit(1)).one_or_none()
    return (last[1], last[0] or now) if last else (0, now)


def undo_pass_the_rest(db: Session, session_id: str, at: Utc, *, actor: Actor, now: Utc) -> int:
    """Remove the outcomes that `pass_the_rest` noted at the moment `at`; return how many."""
    session = session_row(db, session_id, actor, lock=True)
    check_may_run(db, session, actor, now)
    passed = select(EnrolmentRow).where(
        EnrolmentRow.session_id == session_id,
        EnrolmentRow.outcome_at == at,
        EnrolmentRow.outcome_by == actor.ref,
        EnrolmentRow.certified_at.is_(None),
    )
    rows = db.scalars(passed).all()
    for row in rows:
        _clear(db, session, row, actor, now)
    return len(rows)


def _clear(
    db: Session, session: CourseSessionRow, row: EnrolmentRow, actor: Actor, now: Utc
) -> None:
    if row.certified_at is not None:
        raise Conflict("this person has been certified; suspend the certification instead")
    enrolments.check_own_outcome(db, session, row, actor, now)
    row.outcome = row.outcome_by = row.outcome_at = None
    db.flush()
    subject = f"member:{row.member_id}"
    audit.record(
        db, actor, now, "course_outcome_removed", subject, session.site_id, session=session.id
    )
    post_news(db, CourseSessionNews(site=session.site_id, key=session.id))

"""The places of a course session and its waiting list; the caller has locked the session."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.messages import write
from controller.capabilities.training.messages import MovedUpMessage
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.domain.time import Utc


def has_place(db: Session, row: CourseSessionRow) -> bool:
    """Whether the session has a free place."""
    if row.places is None:
        return True
    taken = (EnrolmentRow.session_id == row.id) & (EnrolmentRow.status == EnrolmentStatus.ENROLLED)
    return (db.scalar(select(func.count()).where(taken)) or 0) < row.places


def move_up(db: Session, row: CourseSessionRow, now: Utc) -> list[str]:
    """Give free places to the members on the waiting list, in order, and write to them.

    Returns the members who got one.
    """
    waiting = select(EnrolmentRow).where(
        EnrolmentRow.session_id == row.id, EnrolmentRow.status == EnrolmentStatus.WAITING
    )
    moved = []
    for enrolment in db.scalars(waiting.order_by(EnrolmentRow.id)).all():
        if not has_place(db, row):
            break
        enrolment.status, enrolment.moved_up_at = EnrolmentStatus.ENROLLED, now
        enrolment.counts_from = now if row.starts_at <= now else None
        db.flush()
        moved.append(enrolment.member_id)
        _notify(db, row, enrolment, now)
    return moved


def _notify(db: Session, row: CourseSessionRow, enrolment: EnrolmentRow, now: Utc) -> None:
    """Write to the member that they have a place, unless the session has begun."""
    if row.starts_at <= now:
        return
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    name = course.name if course else {"fr": row.theme or ""}
    message = MovedUpMessage(course=name, starts_at=row.starts_at.text())
    key = f"{enrolment.id}/{row.starts_at.text()}"
    to = enrolment.member_id
    write.to_member(db, to, message, site_id=row.site_id, key=key, now=now)

"""The places of a course session and its waiting list; the caller has locked the session."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow, EnrolmentStatus


def has_place(db: Session, row: CourseSessionRow) -> bool:
    """Whether one more can take part."""
    if row.places is None:
        return True
    taken = (EnrolmentRow.session_id == row.id) & (EnrolmentRow.status == EnrolmentStatus.ENROLLED)
    return (db.scalar(select(func.count()).where(taken)) or 0) < row.places


def move_up(db: Session, row: CourseSessionRow) -> list[str]:
    """Give free places to those who wait, in their order; returns the members who got one."""
    waiting = select(EnrolmentRow).where(
        EnrolmentRow.session_id == row.id, EnrolmentRow.status == EnrolmentStatus.WAITING
    )
    moved = []
    for each in db.scalars(waiting.order_by(EnrolmentRow.id)).all():
        if not has_place(db, row):
            break
        each.status = EnrolmentStatus.ENROLLED
        db.flush()
        moved.append(each.member_id)
    return moved

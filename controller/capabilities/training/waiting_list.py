"""Seats and waiting list of a course session, which the caller has locked."""

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.members.models import MemberRow
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
    """Return whether the session has a free seat."""
    if row.places is None:
        return True
    is_enrolled = (EnrolmentRow.session_id == row.id) & (
        EnrolmentRow.status == EnrolmentStatus.ENROLLED
    )
    return (db.scalar(select(func.count()).where(is_enrolled)) or 0) < row.places


def count_before(db: Session, row: CourseSessionRow, member_id: str) -> int:
    """Return how many people have waited for a seat longer than this member."""
    is_waiting = (EnrolmentRow.session_id == row.id) & (
        EnrolmentRow.status == EnrolmentStatus.WAITING
    )
    own_enrolment = select(EnrolmentRow.id).where(is_waiting, EnrolmentRow.member_id == member_id)
    before = select(func.count()).where(
        is_waiting, EnrolmentRow.id < own_enrolment.scalar_subquery()
    )
    return db.scalar(before) or 0


def next_in_line(db: Session, session_ids: Collection[str]) -> dict[str, str]:
    """Return, by session, the name of the member who would move up if somebody withdrew."""
    other_enrolment = aliased(EnrolmentRow)
    holds_seat = (
        other_enrolment.session_id == CourseSessionRow.id,
        other_enrolment.status == EnrolmentStatus.ENROLLED,
    )
    taken_seats = (
        select(func.count()).select_from(other_enrolment).where(*holds_seat).scalar_subquery()
    )
    waiting_members = (
        select(EnrolmentRow.session_id, MemberRow.display_name)
        .join(CourseSessionRow, CourseSessionRow.id == EnrolmentRow.session_id)
        .join(MemberRow, MemberRow.id == EnrolmentRow.member_id)
        .where(
            EnrolmentRow.session_id.in_(session_ids),
            EnrolmentRow.status == EnrolmentStatus.WAITING,
            CourseSessionRow.cancelled_at.is_(None),
            or_(CourseSessionRow.places.is_(None), taken_seats <= CourseSessionRow.places),
        )
        .order_by(EnrolmentRow.id.desc())
    )
    # the first in line is the last row, and wins
    return {row.session_id: row.display_name for row in db.execute(waiting_members)}


def move_up(db: Session, row: CourseSessionRow, now: Utc) -> list[str]:
    """Move members up from the waiting list while seats are free, in order, and notify them.

    Returns their ids. In a cancelled session nobody moves up before it is reinstated.
    """
    if row.cancelled_at is not None:
        return []
    waiting_enrolments = select(EnrolmentRow).where(
        EnrolmentRow.session_id == row.id, EnrolmentRow.status == EnrolmentStatus.WAITING
    )
    moved = []
    for enrolment in db.scalars(waiting_enrolments.order_by(EnrolmentRow.id)).all():
        if not has_place(db, row):
            break
        enrolment.status, enrolment.moved_up_at = EnrolmentStatus.ENROLLED, now
        enrolment.counts_from = now if row.starts_at <= now else None
        db.flush()
        moved.append(enrolment.member_id)
        _notify(db, row, enrolment, now)
    return moved


def _notify(db: Session, row: CourseSessionRow, enrolment: EnrolmentRow, now: Utc) -> None:
    """Notify the member that they have a seat, unless the session has begun."""
    if row.starts_at <= now:
        return
    course = db.get(CourseRow, row.course_id) if row.course_id else None
    name = course.name if course else {"fr": row.theme or ""}
    message = MovedUpMessage(course=name, starts_at=row.starts_at.text())
    key = f"{enrolment.id}/{row.starts_at.text()}"
    to = enrolment.member_id
    write.to_member(db, to, message, site_id=row.site_id, key=key, now=now)

"""The next course session with a free seat, for each certification."""

from typing import Any

from sqlalchemy import ScalarSelect, func, select, true
from sqlalchemy.orm import Session

from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.domain.time import Utc


def next_sessions(
    db: Session, site_id: str, *, after: Utc | None = None, full: bool = False
) -> dict[str, Any]:
    """Return the site's next session with a free seat, by the id of each certification that it
    grants.

    Each is a row with id, course_id, starts_at, places, taken, waiting and requires. Only sessions
    with open enrolment count; some seconds pass until it is closed for one that has begun, which
    `after` leaves out. `full`: return the next session without a free seat instead.
    """
    rows = db.execute(
        select(
            CourseSessionRow.id,
            CourseSessionRow.course_id,
            CourseSessionRow.starts_at,
            CourseSessionRow.places,
            CourseRow.grants,
            CourseRow.requires,
            _count(EnrolmentStatus.ENROLLED).label("taken"),
            _count(EnrolmentStatus.WAITING).label("waiting"),
        )
        .join(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(CourseSessionRow.site_id == site_id, CourseSessionRow.is_open)
        .where(true() if after is None else CourseSessionRow.starts_at > after)
        .order_by(CourseSessionRow.starts_at, CourseSessionRow.id)
    )
    sessions: dict[str, Any] = {}
    for row in rows:
        is_full = row.places is not None and row.taken >= row.places
        if is_full is full:
            for certification in row.grants:
                sessions.setdefault(certification, row)
    return sessions


def _count(status: EnrolmentStatus) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(EnrolmentRow)
        .where(EnrolmentRow.session_id == CourseSessionRow.id, EnrolmentRow.status == status)
        .scalar_subquery()
    )

"""The course sessions of a site: those to come or going on, and those that are over."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from controller.capabilities.training import course_sessions
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    Outcome,
)
from controller.capabilities.training.shapes import CourseSession
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.shapes import Label
from controller.policy.reading import from_json

NEXT, OVER = 24, 12
"""So many of each on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A course session, and what is taught in it."""

    session: CourseSession
    course: Label | None
    ready: int
    """How many passed who are not certified yet."""
    unsaid: int
    """Of how many the outcome is not noted."""


def coming(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[Dated]:
    """Those that are not over, first things first. Raises Forbidden."""
    actor.require(Permission.RULES_READ, site_id)
    table = CourseSessionRow
    statement = select(table).where(table.site_id == site_id, table.ends_at > now)
    return dated(db, db.scalars(statement.order_by(table.starts_at, table.id).limit(NEXT)).all())


def over(
    db: Session, site_id: str, *, before: str | None = None, actor: Actor, now: Utc
) -> tuple[list[Dated], str | None]:
    """Those that are over, the last first; `before`: the session at which the page before ended.

    Also returns the `before` of the next page; None at the end. Raises Forbidden.
    """
    actor.require(Permission.RULES_READ, site_id)
    table = CourseSessionRow
    statement = select(table).where(table.site_id == site_id, table.ends_at <= now)
    last = db.get(table, before) if before else None
    if last is not None and last.site_id == site_id:
        place = tuple_(table.starts_at, table.id)
        statement = statement.where(place < tuple_(last.starts_at, last.id))
    order = (table.starts_at.desc(), table.id.desc())
    rows = db.scalars(statement.order_by(*order).limit(OVER + 1)).all()
    return dated(db, rows[:OVER]), rows[OVER - 1].id if len(rows) > OVER else None


def dated(db: Session, rows: Sequence[CourseSessionRow]) -> list[Dated]:
    """These sessions, with what is taught and what is left to do."""
    courses = CourseRow.id.in_({row.course_id for row in rows})
    names = {row.id: row.name for row in db.scalars(select(CourseRow).where(courses))}
    left = _left(db, [row.id for row in rows])
    return [
        Dated(
            session=each,
            course=from_json(names[each.course_id], Label) if each.course_id else None,
            ready=left.get((each.id, Outcome.PASSED), 0),
            unsaid=left.get((each.id, None), 0),
        )
        for each in course_sessions.shapes(db, rows)
    ]


def _left(db: Session, ids: Sequence[str]) -> dict[tuple[str, Outcome | None], int]:
    """By session and outcome, how many take part and are not certified."""
    counted = (
        select(EnrolmentRow.session_id, EnrolmentRow.outcome, func.count())
        .where(
            EnrolmentRow.session_id.in_(ids),
            EnrolmentRow.status == EnrolmentStatus.ENROLLED,
            EnrolmentRow.certified_at.is_(None),
        )
        .group_by(EnrolmentRow.session_id, EnrolmentRow.outcome)
    )
    return {(key, outcome): number for key, outcome, number in db.execute(counted)}

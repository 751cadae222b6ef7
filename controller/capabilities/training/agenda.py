"""The course sessions of a site, upcoming and past, with the remaining work after each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from controller.capabilities.training import course_sessions, session_sheet
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.capabilities.training.shapes import CourseSession
from controller.domain import schedule
from controller.domain.facts import Site
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.shapes import Label
from controller.policy import facts_of
from controller.policy.reading import from_json

NEXT, OVER = 24, 12
"""Sessions per page, upcoming and past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaSession:
    """A course session with its course, and the remaining work for its participants."""

    session: CourseSession
    course: Label | None
    grants: tuple[str, ...]
    """The certifications that its course grants."""
    requires: tuple[str, ...]
    """The certifications that its course requires."""
    certifiable: int
    """How many passed and can be certified."""
    blocked: int
    """How many passed, but lack a requirement or have a suspended certification."""
    without_outcome: int
    """How many have no outcome."""
    is_closed: bool
    """Whether the site is closed on its day, if it is ahead."""


def upcoming_sessions(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[AgendaSession]:
    """Return the upcoming sessions, soonest first. Raises Forbidden."""
    rows = _upcoming_rows(db, site_id, actor, now)
    return agenda_sessions(db, rows, now, oneself=actor.member_id)


def _upcoming_rows(db: Session, site_id: str, actor: Actor, now: Utc) -> Sequence[CourseSessionRow]:
    actor.require(Permission.RULES_READ, site_id)
    table = CourseSessionRow
    statement = select(table).where(table.site_id == site_id, table.ends_at > now)
    return db.scalars(statement.order_by(table.starts_at, table.id).limit(NEXT)).all()


def sessions_within(
    db: Session, site_id: str, spans: Sequence[tuple[Utc, Utc]], *, actor: Actor, now: Utc
) -> list[AgendaSession]:
    """Return the upcoming sessions within one of the spans, in order. Raises Forbidden."""
    actor.require(Permission.RULES_READ, site_id)
    table = CourseSessionRow
    within_spans = [and_(table.ends_at > start, table.starts_at < end) for start, end in spans]
    statement = select(table).where(
        table.site_id == site_id, table.ends_at > now, or_(false(), *within_spans)
    )
    rows = db.scalars(statement.order_by(table.starts_at, table.id)).all()
    return agenda_sessions(db, rows, now)


def upcoming_and_past(
    db: Session, site_id: str, *, before: str | None = None, actor: Actor, now: Utc
) -> tuple[list[AgendaSession], list[AgendaSession], str | None]:
    """Return the upcoming sessions, past sessions, newest first, and the `before` of the next page.

    `before`: the last session of the previous page; None at the end. Raises Forbidden.
    """
    upcoming = _upcoming_rows(db, site_id, actor, now)
    past, older = _past_rows(db, site_id, before, now)
    sessions = agenda_sessions(db, [*upcoming, *past], now, oneself=actor.member_id)
    return sessions[: len(upcoming)], sessions[len(upcoming) :], older


def _past_rows(
    db: Session, site_id: str, before: str | None, now: Utc
) -> tuple[Sequence[CourseSessionRow], str | None]:
    table = CourseSessionRow
    statement = select(table).where(table.site_id == site_id, table.ends_at <= now)
    last = db.get(table, before) if before else None
    if last is not None and last.site_id == site_id:
        place = tuple_(table.starts_at, table.id)
        statement = statement.where(place < tuple_(last.starts_at, last.id))
    order = (table.starts_at.desc(), table.id.desc())
    rows = db.scalars(statement.order_by(*order).limit(OVER + 1)).all()
    older = rows[OVER - 1].id if len(rows) > OVER else None
    return rows[:OVER], older


def overlapping_sessions(db: Session, session: CourseSession) -> list[CourseSession]:
    """Return the trainer's other sessions at the same time as this one."""
    table = CourseSessionRow
    if session.trainer_id is None:
        return []
    statement = select(table).where(
        table.trainer_id == session.trainer_id,
        table.id != session.id,
        table.cancelled_at.is_(None),
        table.starts_at < session.ends_at,
        table.ends_at > session.starts_at,
    )
    rows = db.scalars(statement.order_by(table.starts_at, table.id).limit(NEXT)).all()
    return course_sessions.shapes(db, rows)


def agenda_sessions(
    db: Session, rows: Sequence[CourseSessionRow], now: Utc, *, oneself: str | None = None
) -> list[AgendaSession]:
    """Return the sessions with their courses, and the remaining work for the member `oneself`."""
    courses = CourseRow.id.in_({row.course_id for row in rows})
    courses_by_id = {row.id: row for row in db.scalars(select(CourseRow).where(courses))}
    without_outcome = _without_outcome(db, [row.id for row in rows])
    # by session, and whether they can be certified
    passed = session_sheet.count_passed(db, rows, courses_by_id, now, oneself=oneself)
    sites = {
        key: facts_of.site_hours_and_zones(db, key, now) for key in {it.site_id for it in rows}
    }
    return [
        AgendaSession(
            session=shape,
            course=from_json(course.name, Label) if course else None,
            grants=tuple(course.grants) if course else (),
            requires=tuple(course.requires) if course else (),
            certifiable=passed[shape.id, True],
            blocked=passed[shape.id, False],
            without_outcome=without_outcome.get(shape.id, 0),
            is_closed=shape.cancelled_at is None
            and shape.starts_at > now
            and is_closed_on(sites[shape.site_id], shape.starts_at),
        )
        for shape in course_sessions.shapes(db, rows)
        for course in (courses_by_id.get(shape.course_id or ""),)
    ]


def is_closed_on(site: Site, at: Utc) -> bool:
    """Return whether the site has no opening hours on the day of that time."""
    opening = site.schedules.get(site.opening or "")
    day = schedule.local_time(site.time_zone, at).date()
    return opening is not None and not schedule.openings_on(opening, site.time_zone, day)


def _without_outcome(db: Session, ids: Sequence[str]) -> dict[str, int]:
    """Return, by session, how many participants have no outcome."""
    counts = (
        select(EnrolmentRow.session_id, func.count())
        .where(
            EnrolmentRow.session_id.in_(ids),
            EnrolmentRow.status == EnrolmentStatus.ENROLLED,
            EnrolmentRow.outcome.is_(None),
        )
        .group_by(EnrolmentRow.session_id)
    )
    return {key: number for key, number in db.execute(counts)}  # noqa: C416  mypy: not pairs

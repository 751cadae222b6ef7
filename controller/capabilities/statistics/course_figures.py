"""Figures of training: sessions held, participants, and certifications granted."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from controller.capabilities.statistics.scope import Row, Scope
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.training.attendance import took_part
from controller.capabilities.training.models import (
    CertificationRow,
    CourseSessionPast,
    CourseSessionRow,
    EnrolmentRow,
    HeldAction,
    HeldHistory,
)
from controller.domain.facts import CertificationKind
from controller.domain.time import Utc
from controller.kernel.read_memo import memoise

_MINUTE_MS = 60_000


def held_sessions(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield the rows of sessions that were held, by kind; also of those without participants."""
    sessions = select(CourseSessionRow).where(*held_conditions(scope))
    people = _people(db, scope)
    for row in db.scalars(sessions.order_by(CourseSessionRow.starts_at)):
        when, kind = scope.when(row.starts_at), row.kind.value
        lasted = (row.ends_at.millis() - row.starts_at.millis()) // _MINUTE_MS
        taught = lasted if row.minutes is None else row.minutes
        yield Row(when, Figure.COURSES, kind, 1)
        yield Row(when, Figure.TAUGHT, kind, taught * _MINUTE_MS)
        if heads := (row.headcount or 0) + people.get(row.id, 0):
            yield Row(when, Figure.HEADCOUNT, kind, heads)


def count_empty_sessions(db: Session, scope: Scope) -> int:
    """Return the number of sessions without participants."""
    sessions = select(CourseSessionRow.id, CourseSessionRow.headcount).where(
        *held_conditions(scope)
    )
    people = _people(db, scope)
    return sum(not (heads or people.get(key)) for key, heads in db.execute(sessions))


def held_conditions(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a session began in the period, is over and was not cancelled."""
    start, end = scope.times
    return (
        CourseSessionRow.site_id == scope.site_id,
        CourseSessionRow.starts_at >= start,
        CourseSessionRow.starts_at < end,
        CourseSessionRow.ends_at <= scope.now,
        CourseSessionRow.cancelled_at.is_(None),
    )


def _people(db: Session, scope: Scope) -> dict[str, int]:
    """Return the number of participants by session, including erased people."""
    memo_key = ("participants", scope.site_id, scope.times)
    return memoise(db, memo_key, lambda: _count_people(db, scope))


def _count_people(db: Session, scope: Scope) -> dict[str, int]:
    start, end = scope.times
    in_period = (
        CourseSessionRow.site_id == scope.site_id,
        CourseSessionRow.starts_at >= start,
        CourseSessionRow.starts_at < end,
    )
    stored = (
        select(EnrolmentRow.session_id, func.count())
        .join(CourseSessionRow, CourseSessionRow.id == EnrolmentRow.session_id)
        .where(*in_period, took_part())
        .group_by(EnrolmentRow.session_id)
    )
    erased = (
        select(CourseSessionPast.session_id, CourseSessionPast.attended)
        .join(CourseSessionRow, CourseSessionRow.id == CourseSessionPast.session_id)
        .where(*in_period)
    )
    participants: dict[str, int] = {}
    for statement in (stored, erased):
        for session, number in db.execute(statement):
            participants[session] = participants.get(session, 0) + int(number)
    return participants


def given_certifications(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield rows of certifications granted and not withdrawn, and of the people who got one.

    A person counts once a month, however many they got; if rows are by day, on the first day.
    """
    people: set[tuple[str, str]] = set()
    for member, certification, at in _granted_certifications(db, scope):
        when = scope.when(at)
        yield Row(when, Figure.CERTIFICATIONS, certification, 1)
        month = (when[:7], member)
        if month not in people:
            people.add(month)
            yield Row(when, Figure.CERTIFIED, "", 1)


def people_certified(db: Session, scope: Scope) -> int:
    """Return how many people got a certification in the period, each counted once."""
    return len({member for member, _certification, _at in _granted_certifications(db, scope)})


def _granted_certifications(db: Session, scope: Scope) -> list[tuple[str, str, Utc]]:
    start, end = scope.times
    steps = (
        select(HeldHistory)
        .join(CertificationRow, CertificationRow.id == HeldHistory.certification_id)
        .where(CertificationRow.site_id == scope.site_id)
        .where(CertificationRow.kind == CertificationKind.CERTIFICATION)
        .where(HeldHistory.at >= start, HeldHistory.at < end)
    )
    granted: dict[str, tuple[str, str, Utc]] = {}
    last: dict[tuple[str, str], str] = {}
    for row in db.scalars(steps.order_by(HeldHistory.at, HeldHistory.id)):
        key = (row.member_id, row.certification_id)
        if row.action in (HeldAction.GRANTED, HeldAction.FOUNDING):
            granted[row.id], last[key] = (*key, row.at), row.id
        elif row.action is HeldAction.WITHDRAWN and key in last:
            granted.pop(last.pop(key), None)
    return list(granted.values())

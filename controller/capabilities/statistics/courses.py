"""Figures by course: sessions held, participants, people certified."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from controller.capabilities.statistics.course_figures import held_conditions
from controller.capabilities.statistics.scope import Scope
from controller.capabilities.training.attendance import took_part
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionKind,
    CourseSessionPast,
    CourseSessionRow,
    EnrolmentRow,
)
from controller.kernel.shapes import Label
from controller.policy.reading import from_json

_Key = tuple[str | None, CourseSessionKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFigures:
    """The figures of a course; sessions without a course are grouped by kind."""

    name: Label | None
    kind: CourseSessionKind
    sessions: int
    came: int
    """Participants; a person is counted once per session."""
    certified: int


def by_course(db: Session, scope: Scope) -> tuple[CourseFigures, ...]:
    """Return the figures of sessions that are over and not cancelled, most sessions first.

    Participants are the enrolled members, those whose enrolments were erased, and the people who
    were only counted (`headcount`); nobody is in two of these groups.
    """
    conditions = held_conditions(scope)
    headcount = func.coalesce(func.sum(CourseSessionRow.headcount), 0)
    sessions = _sums(db, conditions, func.count(), headcount)
    enrolled = _sums(
        db,
        (*conditions, EnrolmentRow.session_id == CourseSessionRow.id),
        func.count().filter(took_part()),
        func.count(EnrolmentRow.certified_at),
    )
    erased = _sums(
        db,
        (*conditions, CourseSessionPast.session_id == CourseSessionRow.id),
        func.sum(CourseSessionPast.attended),
        func.sum(CourseSessionPast.certified),
    )
    names = _names(db, scope.site_id)
    figures = []
    for key, (number, unnamed) in sessions.items():
        course, kind = key
        came, certified = enrolled.get(key, (0, 0))
        erased_came, erased_certified = erased.get(key, (0, 0))
        figures.append(
            CourseFigures(
                name=names.get(course) if course else None,
                kind=kind,
                sessions=number,
                came=unnamed + came + erased_came,
                certified=certified + erased_certified,
            )
        )
    return tuple(sorted(figures, key=lambda course: (-course.sessions, -course.came, course.kind)))


def _sums(
    db: Session,
    conditions: tuple[ColumnElement[bool], ...],
    first: ColumnElement[Any],
    second: ColumnElement[Any],
) -> Mapping[_Key, tuple[int, int]]:
    """Return the two aggregates for each course and kind of session."""
    sums = (
        select(CourseSessionRow.course_id, CourseSessionRow.kind, first, second)
        .where(*conditions)
        .group_by(CourseSessionRow.course_id, CourseSessionRow.kind)
    )
    return {(course, kind): (int(a), int(b)) for course, kind, a, b in db.execute(sums)}


def _names(db: Session, site_id: str) -> dict[str, Label]:
    rows = select(CourseRow.id, CourseRow.name).where(CourseRow.site_id == site_id)
    return {key: from_json(name, Label) for key, name in db.execute(rows)}

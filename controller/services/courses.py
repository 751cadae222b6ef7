"""Courses: what is taught, what it grants and what it needs first; shared by all sites."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.services import audit
from controller.services.actor import Actor, Permission
from controller.services.errors import Invalid
from controller.services.jsontypes import plain
from controller.services.paging import FIRST, Cursor, Page
from controller.services.paging import page as paged
from controller.services.policy.reading import fact
from controller.services.rows import expect, found, fresh_id, known
from controller.services.shapes import Course, CourseFields, Label, NewCourse
from controller.services.validate import merge
from controller.store.models import CertificationRow, CourseRow


def create(db: Session, new: NewCourse, *, actor: Actor, now: Utc) -> Course:
    """Make a course. Raises Conflict when the id is taken, Invalid for unknown certifications."""
    actor.require_anywhere(Permission.RULES_WRITE)
    fresh_id(db, CourseRow, new.id, "course")
    row = CourseRow(id=new.id)
    _apply(db, row, new)
    db.add(row)
    audit.record(db, actor, now, "course_created", f"course:{row.id}")
    db.flush()
    return shape(row)


def get(db: Session, course_id: str, *, actor: Actor) -> Course:
    """One course. Raises NotFound."""
    actor.require_anywhere(Permission.RULES_READ)
    return shape(found(db, CourseRow, course_id, "course"))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Course]:
    """All courses."""
    actor.require_anywhere(Permission.RULES_READ)
    return paged(db, select(CourseRow), CourseRow.id, cursor, lambda rows: [shape(r) for r in rows])


def change(
    db: Session, course_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Course:
    """Apply a merge patch; who was certified before stays so. Raises Invalid, Stale, …"""
    row = found(db, CourseRow, course_id, "course")
    actor.require_anywhere(Permission.RULES_WRITE)
    expect(row, version)
    _apply(db, row, merge(shape(row), patch, CourseFields))
    audit.record(db, actor, now, "course_changed", f"course:{row.id}")
    db.flush()
    return shape(row)


def _apply(db: Session, row: CourseRow, new: CourseFields | NewCourse) -> None:
    known(db, "grants", CertificationRow.id, new.grants)
    known(db, "requires", CertificationRow.id, new.requires)
    if both := sorted({*new.grants} & {*new.requires}):
        raise Invalid.of("requires", f"granted by the course itself: {', '.join(both)}")
    row.name, row.grants, row.requires = plain(new.name), list(new.grants), list(new.requires)


def shape(row: CourseRow) -> Course:
    """The row as the API gives it."""
    return Course(
        id=row.id, name=fact(row.name, Label), grants=tuple(row.grants),
        requires=tuple(row.requires), version=row.row_version,
    )  # fmt: skip

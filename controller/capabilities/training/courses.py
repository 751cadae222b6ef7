"""Creates, changes and lists courses: what is taught, granted and required, at one site or all."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.training import scope
from controller.capabilities.training.models import CertificationRow, CourseRow, Scope
from controller.capabilities.training.shapes import Course, CourseFields, NewCourse
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.mapping import to_shape, write
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    require_existing,
    require_unused_id,
    require_version,
    resolve_site,
)
from controller.kernel.validate import merge


def create(db: Session, new: NewCourse, *, actor: Actor, now: Utc) -> Course:
    """Create a course. Raises Conflict when the id is taken, Invalid for unknown certifications."""
    site_id = resolve_site(db, actor, Permission.RULES_WRITE, new.site_id)
    require_unused_id(db, CourseRow, new.id, "course")
    row = CourseRow(id=new.id, site_id=site_id)
    _apply(db, row, new)
    db.add(row)
    audit.record(db, actor, now, "course_created", f"course:{row.id}", site_id)
    db.flush()
    return shape(row)


def get(db: Session, course_id: str, *, actor: Actor) -> Course:
    """Return one course. Raises NotFound."""
    return shape(scope.get_visible(db, CourseRow, course_id, "course", actor))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Course]:
    """Return a page of the courses that can be held at the actor's sites."""
    actor.require_anywhere(Permission.RULES_READ)
    sites = actor.sites(Permission.RULES_READ)
    statement = select(CourseRow).where(scope.counts_at(CourseRow, sites))
    return paged(db, statement, CourseRow.id, cursor, lambda rows: [shape(r) for r in rows])


def change(
    db: Session, course_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Course:
    """Apply a merge patch; certifications that were granted before stay valid.

    Raises Invalid, Stale and NotFound.
    """
    row: CourseRow = scope.get_editable(
        db, CourseRow, course_id, "course", actor, Permission.RULES_WRITE
    )
    require_version(row, version)
    _apply(db, row, merge(shape(row), patch, CourseFields))
    audit.record(db, actor, now, "course_changed", f"course:{row.id}", row.site_id)
    db.flush()
    return shape(row)


def _apply(db: Session, row: CourseRow, new: CourseFields) -> None:
    counts = CertificationRow.scope == Scope.NETWORK
    if new.scope is Scope.SITE:
        counts = scope.counts_at(CertificationRow, [row.site_id])
    require_existing(db, "grants", CertificationRow.id, new.grants, counts)
    require_existing(db, "requires", CertificationRow.id, new.requires, counts)
    if granted_and_required := sorted({*new.grants} & {*new.requires}):
        raise Invalid.of(
            "requires", f"granted by the course itself: {', '.join(granted_and_required)}"
        )
    write(row, new, CourseFields)


def shape(row: CourseRow) -> Course:
    """Return the row for the API."""
    return to_shape(row, Course)

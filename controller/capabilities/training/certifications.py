"""Certifications and documents that members can hold, at every site or at the owning site only."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.changes import SiteCreated
from controller.capabilities.training import scope
from controller.capabilities.training.changes import ScopeNarrowed
from controller.capabilities.training.models import CertificationRow, CourseRow, Scope, ValidityKind
from controller.capabilities.training.shapes import (
    Certification,
    CertificationFields,
    Disuse,
    Duration,
    Never,
    NewCertification,
    OnDate,
    Validity,
)
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict
from controller.kernel.mapping import to_shape, write
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import require_unused_id, require_version, resolve_site
from controller.kernel.validate import merge
from controller.policy.invalidation import invalidate


def create(db: Session, new: NewCertification, *, actor: Actor, now: Utc) -> Certification:
    """Create a certification. Raises Conflict if the id is taken."""
    site_id = resolve_site(db, actor, Permission.RULES_WRITE, new.site_id)
    require_unused_id(db, CertificationRow, new.id, "certification")
    row = CertificationRow(id=new.id, site_id=site_id)
    _apply(row, new)
    db.add(row)
    audit.record(db, actor, now, "certification_created", f"certification:{row.id}", site_id)
    db.flush()
    return shape(row)


def get(db: Session, certification_id: str, *, actor: Actor) -> Certification:
    """Return one certification. Raises NotFound."""
    return shape(scope.get_visible(db, CertificationRow, certification_id, "certification", actor))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Certification]:
    """Return a page of the certifications that count at the actor's sites."""
    actor.require_anywhere(Permission.RULES_READ)
    sites = actor.sites(Permission.RULES_READ)
    statement = select(CertificationRow).where(scope.counts_at(CertificationRow, sites))
    key = CertificationRow.id
    return paged(db, statement, key, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session,
    certification_id: str,
    patch: object,
    *,
    version: int | None,
    actor: Actor,
    now: Utc,
) -> Certification:
    """Apply a merge patch; certifications that members already have keep their end.

    Raises Conflict if its scope would no longer include a site or a course that uses it, and
    Invalid, Stale, …
    """
    row: CertificationRow = scope.get_editable(
        db, CertificationRow, certification_id, "certification", actor, Permission.RULES_WRITE
    )
    require_version(row, version)
    new = merge(shape(row), patch, CertificationFields)
    if new.scope is Scope.SITE and row.scope is not Scope.SITE:
        _check_unused_elsewhere(db, row)
    _apply(row, new)
    audit.record(db, actor, now, "certification_changed", f"certification:{row.id}", row.site_id)
    db.flush()
    return shape(row)


def validity_of(row: CertificationRow) -> Validity:
    """Return when a certification that is granted now would end."""
    match row.validity_kind:
        case ValidityKind.DURATION:
            return Duration(days=row.validity_days or 0)
        case ValidityKind.DISUSE:
            return Disuse(days=row.validity_days or 0)
        case ValidityKind.DATE if row.validity_date is not None:
            return OnDate(date=row.validity_date)
        case _:
            return Never()


def _check_unused_elsewhere(db: Session, row: CertificationRow) -> None:
    """Raise Conflict if another site or a course of the network requires it."""
    react(db, ScopeNarrowed(certification_id=row.id, site_id=row.site_id))
    courses = select(CourseRow).where(
        (CourseRow.scope == Scope.NETWORK) | (CourseRow.site_id != row.site_id)
    )
    if any(row.id in (*course.grants, *course.requires) for course in db.scalars(courses)):
        raise Conflict("a course of the whole network grants or requires it")


def _apply(row: CertificationRow, new: CertificationFields) -> None:
    write(row, new, CertificationFields, "validity")
    row.validity_kind, row.validity_days, row.validity_date = ValidityKind.NEVER, None, None
    match new.validity:
        case Duration(days=days):
            row.validity_kind, row.validity_days = ValidityKind.DURATION, days
        case Disuse(days=days):
            row.validity_kind, row.validity_days = ValidityKind.DISUSE, days
        case OnDate(date=date):
            row.validity_kind, row.validity_date = ValidityKind.DATE, date


def shape(row: CertificationRow) -> Certification:
    """Return the row for the API."""
    return to_shape(row, Certification, validity=validity_of(row))


def invalidate_for_new_site(db: Session, event: SiteCreated) -> None:
    """Add the certifications that count at a new site to its policy."""
    invalidate(db, "certification", db.scalars(select(CertificationRow.id)), event.site_id)

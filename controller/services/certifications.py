"""Certifications and documents: what can be held, shared by all sites of an installation."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.services import audit
from controller.services.actor import Actor, Permission
from controller.services.jsontypes import plain
from controller.services.paging import FIRST, Cursor, Page
from controller.services.paging import page as paged
from controller.services.policy.reading import fact
from controller.services.rows import expect, found, fresh_id
from controller.services.shapes import (
    Certification,
    CertificationFields,
    Disuse,
    Duration,
    Label,
    Never,
    NewCertification,
    OnDate,
    Validity,
)
from controller.services.validate import merge
from controller.store.models import CertificationRow, ValidityKind


def create(db: Session, new: NewCertification, *, actor: Actor, now: Utc) -> Certification:
    """Make a certification. Raises Conflict when the id is taken."""
    actor.require_anywhere(Permission.RULES_WRITE)
    fresh_id(db, CertificationRow, new.id, "certification")
    row = CertificationRow(id=new.id)
    _apply(row, new)
    db.add(row)
    audit.record(db, actor, now, "certification_created", f"certification:{row.id}")
    db.flush()
    return shape(row)


def get(db: Session, certification_id: str, *, actor: Actor) -> Certification:
    """One certification. Raises NotFound."""
    actor.require_anywhere(Permission.RULES_READ)
    return shape(found(db, CertificationRow, certification_id, "certification"))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Certification]:
    """All certifications."""
    actor.require_anywhere(Permission.RULES_READ)
    statement = select(CertificationRow)
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
    """Apply a merge patch; what is already held keeps its end. Raises Invalid, Stale, …"""
    row = found(db, CertificationRow, certification_id, "certification")
    actor.require_anywhere(Permission.RULES_WRITE)
    expect(row, version)
    _apply(row, merge(shape(row), patch, CertificationFields))
    audit.record(db, actor, now, "certification_changed", f"certification:{row.id}")
    db.flush()
    return shape(row)


def validity_of(row: CertificationRow) -> Validity:
    """When what is given now will end."""
    match row.validity_kind:
        case ValidityKind.DURATION:
            return Duration(days=row.validity_days or 0)
        case ValidityKind.DISUSE:
            return Disuse(days=row.validity_days or 0)
        case ValidityKind.DATE if row.validity_date is not None:
            return OnDate(date=row.validity_date)
        case _:
            return Never()


def _apply(row: CertificationRow, new: CertificationFields | NewCertification) -> None:
    row.name, row.kind = plain(new.name), new.kind
    row.validity_kind, row.validity_days, row.validity_date = ValidityKind.NEVER, None, None
    match new.validity:
        case Duration(days=days):
            row.validity_kind, row.validity_days = ValidityKind.DURATION, days
        case Disuse(days=days):
            row.validity_kind, row.validity_days = ValidityKind.DISUSE, days
        case OnDate(date=date):
            row.validity_kind, row.validity_date = ValidityKind.DATE, date


def shape(row: CertificationRow) -> Certification:
    """The row as the API gives it."""
    return Certification(
        id=row.id, name=fact(row.name, Label), kind=row.kind, validity=validity_of(row),
        version=row.row_version,
    )  # fmt: skip

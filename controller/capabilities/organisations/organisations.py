"""Organisations: associations, companies, schools and public bodies for which members work."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.organisations.changes import PaidUseExtension, PayerChange
from controller.capabilities.organisations.models import OrganisationRow
from controller.capabilities.organisations.shapes import (
    NewOrganisation,
    Organisation,
    OrganisationFields,
)
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.mapping import to_shape, write
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, require_version, resolve_site, visible
from controller.kernel.validate import merge
from controller.wire.ids import uuid7

_READ, _WRITE = Permission.RULES_READ, Permission.MEMBERS_WRITE


def create(db: Session, new: NewOrganisation, *, actor: Actor, now: Utc) -> Organisation:
    """Create an organisation. Raises Invalid, Forbidden."""
    site_id = resolve_site(db, actor, _WRITE, new.site_id)
    row = OrganisationRow(id=uuid7(), site_id=site_id, created_at=now)
    write(row, new, OrganisationFields)
    db.add(row)
    return _record(db, row, "organisation_created", actor, now)


def get(db: Session, organisation_id: str, *, actor: Actor) -> Organisation:
    """Return one organisation. Raises NotFound."""
    return shape(_row(db, organisation_id, actor))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Organisation]:
    """Return a page of the actor's sites' organisations."""
    statement = select(OrganisationRow).where(at_sites(OrganisationRow.site_id, actor.sites(_READ)))
    key = OrganisationRow.id
    return paged(db, statement, key, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session, organisation_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Organisation:
    """Apply a merge patch. The desk may make an organisation inactive.

    Changing its name or making it active again needs `money:write`, since statements are addressed
    to it. Raises Invalid, Stale, NotFound, Forbidden.
    """
    row = _row(db, organisation_id, actor)
    actor.require(_WRITE, row.site_id)
    require_version(row, version)
    old = shape(row)
    new = merge(old, patch, OrganisationFields)
    if new.name != old.name or new.active > old.active:
        actor.require(Permission.MONEY_WRITE, row.site_id)
    if new.active > old.active:
        react(db, PaidUseExtension(actor=actor, organisation_id=row.id))
    write(row, new, OrganisationFields)
    changed = _record(db, row, "organisation_changed", actor, now)
    if new.active is not old.active:
        react(db, PayerChange(organisation_id=row.id, actor=actor, now=now))
    return changed


def _row(db: Session, key: str, actor: Actor) -> OrganisationRow:
    return visible(db, OrganisationRow, key, "organisation", actor, _READ)


def _record(db: Session, row: OrganisationRow, action: str, actor: Actor, now: Utc) -> Organisation:
    db.flush()
    audit.record(db, actor, now, action, f"organisation:{row.id}", row.site_id)
    return shape(row)


def shape(row: OrganisationRow) -> Organisation:
    """Return the row for the API."""
    return to_shape(row, Organisation)

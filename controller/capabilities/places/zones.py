"""Zones: rooms and areas that people are in or out of."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewZone, Zone, ZoneFields
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.mapping import to_shape, write
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    at_sites,
    require_unused_id,
    require_version,
    resolve_site,
    visible,
)
from controller.kernel.validate import merge


def create(db: Session, new: NewZone, *, actor: Actor, now: Utc) -> Zone:
    """Create a zone. Raises Conflict if the id is taken."""
    site_id = resolve_site(db, actor, Permission.RULES_WRITE, new.site_id)
    require_unused_id(db, ZoneRow, new.id, "zone")
    row = ZoneRow(id=new.id, site_id=site_id)
    write(row, new, ZoneFields)
    db.add(row)
    audit.record(db, actor, now, "zone_created", f"zone:{row.id}", site_id)
    db.flush()
    return shape(row)


def get(db: Session, zone_id: str, *, actor: Actor) -> Zone:
    """Return one zone. Raises NotFound."""
    return shape(visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Zone]:
    """Return a page of the zones of the actor's sites."""
    statement = select(ZoneRow).where(at_sites(ZoneRow.site_id, actor.sites(Permission.RULES_READ)))
    return paged(db, statement, ZoneRow.id, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session, zone_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Zone:
    """Apply a merge patch. Raises Invalid, Stale, NotFound, Forbidden."""
    row = visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ)
    actor.require(Permission.RULES_WRITE, row.site_id)
    require_version(row, version)
    write(row, merge(shape(row), patch, ZoneFields), ZoneFields)
    audit.record(db, actor, now, "zone_changed", f"zone:{row.id}", row.site_id)
    db.flush()
    return shape(row)


def shape(row: ZoneRow) -> Zone:
    """Return the row for the API."""
    return to_shape(row, Zone)

"""Zones: rooms and areas that people are in or out of."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewZone, Zone, ZoneFields
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.jsontypes import to_json
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    at_sites,
    require_unused_id,
    require_version,
    resolve_site,
    visible,
)
from controller.kernel.shapes import Label
from controller.kernel.validate import merge
from controller.policy.reading import from_json


def create(db: Session, new: NewZone, *, actor: Actor, now: Utc) -> Zone:
    """Make a zone. Raises Conflict when the id is taken."""
    site_id = resolve_site(db, actor, Permission.RULES_WRITE, new.site_id)
    require_unused_id(db, ZoneRow, new.id, "zone")
    row = ZoneRow(id=new.id, site_id=site_id)
    _apply(row, new)
    db.add(row)
    audit.record(db, actor, now, "zone_created", f"zone:{row.id}", site_id)
    db.flush()
    return shape(row)


def get(db: Session, zone_id: str, *, actor: Actor) -> Zone:
    """One zone. Raises NotFound."""
    return shape(visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Zone]:
    """The zones of the actor's sites."""
    statement = select(ZoneRow).where(at_sites(ZoneRow.site_id, actor.sites(Permission.RULES_READ)))
    return paged(db, statement, ZoneRow.id, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session, zone_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Zone:
    """Apply a merge patch. Raises Invalid, Stale, NotFound, Forbidden."""
    row = visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ)
    actor.require(Permission.RULES_WRITE, row.site_id)
    require_version(row, version)
    _apply(row, merge(shape(row), patch, ZoneFields))
    audit.record(db, actor, now, "zone_changed", f"zone:{row.id}", row.site_id)
    db.flush()
    return shape(row)


def _apply(row: ZoneRow, new: ZoneFields | NewZone) -> None:
    row.name, row.capacity, row.window_max_min = to_json(new.name), new.capacity, new.window_max_min
    row.desks = new.desks


def shape(row: ZoneRow) -> Zone:
    """The row as the API gives it."""
    return Zone(
        id=row.id,
        site_id=row.site_id,
        name=from_json(row.name, Label),
        capacity=row.capacity,
        window_max_min=row.window_max_min,
        desks=row.desks,
        version=row.row_version,
    )

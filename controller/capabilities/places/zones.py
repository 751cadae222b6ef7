"""Zones: rooms and areas that people are in or out of."""

import operator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewZone, Zone, ZoneFields
from controller.domain.facts import Language, Name
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
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
from controller.kernel.shapes import Label
from controller.kernel.validate import merge
from controller.policy.reading import from_json


class NameTaken(Invalid):
    """Another room of the site has this name."""


def create(db: Session, new: NewZone, *, actor: Actor, now: Utc) -> Zone:
    """Create a zone. Raises Conflict if the id is taken, NameTaken if the name is."""
    site_id = resolve_site(db, actor, Permission.RULES_WRITE, new.site_id)
    require_unused_id(db, ZoneRow, new.id, "zone")
    _require_unused_name(db, site_id, new.name, new.id)
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
    """Apply a merge patch. Raises Invalid, NameTaken, Stale, NotFound, Forbidden."""
    row = visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ)
    actor.require(Permission.RULES_WRITE, row.site_id)
    require_version(row, version)
    fields = merge(before := shape(row), patch, ZoneFields)
    if fields.name != before.name:
        _require_unused_name(db, row.site_id, fields.name, row.id)
    write(row, fields, ZoneFields)
    audit.record(db, actor, now, "zone_changed", f"zone:{row.id}", row.site_id)
    db.flush()
    return shape(row)


def _require_unused_name(db: Session, site_id: str, name: Label, own_id: str) -> None:
    """Raise NameTaken if another zone of the site is shown by this name, in French or English.

    Case and spaces do not count.
    """
    others = select(ZoneRow.name).where(ZoneRow.site_id == site_id, ZoneRow.id != own_id)
    shown = _shown_names(name)
    for stored in db.scalars(others):
        if any(map(operator.eq, shown, _shown_names(from_json(stored, Label)))):
            raise NameTaken.of("name", "there is already a room with this name")


def _shown_names(label: Label) -> tuple[str, ...]:
    name = Name(fr=label.fr, en=label.en)
    return tuple(" ".join(name.read(language).casefold().split()) for language in Language)


def shape(row: ZoneRow) -> Zone:
    """Return the row for the API."""
    return to_shape(row, Zone)

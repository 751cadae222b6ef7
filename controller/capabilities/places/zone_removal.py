"""Removes a zone to which nothing refers, such as one that was added by mistake."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from controller.capabilities.places.changes import ZoneRemoved, ZoneUses
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict
from controller.kernel.rows import require_version, visible
from controller.store.base import Base

_COLUMNS = frozenset({"zone_id", "from_zone_id"})
_DEPENDENT_TABLES = frozenset({"report_code"})
"""Tables whose rows are deleted with the zone."""


class ZoneInUse(Conflict):
    """Something refers to the zone: names of tables."""

    def __init__(self, uses: Iterable[str]) -> None:
        self.uses = tuple(uses)
        super().__init__(f"other records refer to it: {', '.join(self.uses)}")


def uses(db: Session, zone_id: str, *, actor: Actor) -> tuple[str, ...]:
    """Return the names of the tables whose rows refer to a zone. Raises NotFound."""
    return _uses(db, visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ))


def remove(db: Session, zone_id: str, *, version: int | None, actor: Actor, now: Utc) -> None:
    """Delete a zone to which nothing refers. Raises ZoneInUse, Stale, NotFound, Forbidden."""
    row = visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ)
    site_id = row.site_id
    actor.require(Permission.RULES_WRITE, site_id)
    require_version(row, version)
    if names := _uses(db, row):
        raise ZoneInUse(names)
    react(db, ZoneRemoved(zone_id))
    try:
        with db.begin_nested():
            db.delete(row)
            db.flush()
    except IntegrityError as problem:  # used in this moment
        raise ZoneInUse(()) from problem
    audit.record(db, actor, now, "zone_removed", f"zone:{zone_id}", site_id)


def _uses(db: Session, row: ZoneRow) -> tuple[str, ...]:
    asked = ZoneUses(row.id, row.site_id, [*_referring_tables(db, row.id)])
    site = db.get_one(SiteRow, row.site_id)
    if any(row.id in pair["zones"] for pair in site.walking_times):
        asked.uses.append(SiteRow.__tablename__)
    react(db, asked)
    return tuple(dict.fromkeys(asked.uses))


def _referring_tables(db: Session, zone_id: str) -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        columns: list[Column[Any]] = [column for column in table.c if column.name in _COLUMNS]
        if not columns or table.name in _DEPENDENT_TABLES:
            continue
        condition = or_(*(column == zone_id for column in columns))
        if db.scalar(select(exists().where(condition))):
            yield table.name

"""Removes a zone to which nothing refers, such as one that was added by mistake."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, delete, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from controller.capabilities.billing.models import TariffDraft, TariffRow
from controller.capabilities.live.models import SitePlan
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.user_reports.models import ReportCode
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict
from controller.kernel.rows import require_version, visible
from controller.store.base import Base

_COLUMNS = frozenset({"zone_id", "from_zone_id"})
_DEPENDENT_TABLES = frozenset({ReportCode.__tablename__})
"""Tables whose rows go with the zone."""


class ZoneInUse(Conflict):
    """Rows of these tables refer to the zone."""

    def __init__(self, tables: Iterable[str]) -> None:
        self.tables = tuple(tables)
        super().__init__(f"other records refer to it: {', '.join(self.tables)}")


def uses(db: Session, zone_id: str, *, actor: Actor) -> tuple[str, ...]:
    """Return the names of the tables whose rows refer to a zone. Raises NotFound."""
    row = visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ)
    return tuple(dict.fromkeys((*_referring_tables(db, row), *_documents(db, row))))


def remove(db: Session, zone_id: str, *, version: int | None, actor: Actor, now: Utc) -> None:
    """Delete a zone to which nothing refers. Raises ZoneInUse, Stale, NotFound, Forbidden."""
    row = visible(db, ZoneRow, zone_id, "zone", actor, Permission.RULES_READ)
    site_id = row.site_id
    actor.require(Permission.RULES_WRITE, site_id)
    require_version(row, version)
    if tables := uses(db, zone_id, actor=actor):
        raise ZoneInUse(tables)
    db.execute(delete(ReportCode).where(ReportCode.zone_id == zone_id))
    try:
        with db.begin_nested():
            db.delete(row)
            db.flush()
    except IntegrityError as problem:  # used in this moment
        raise ZoneInUse(()) from problem
    audit.record(db, actor, now, "zone_removed", f"zone:{zone_id}", site_id)


def _referring_tables(db: Session, row: ZoneRow) -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        columns: list[Column[Any]] = [column for column in table.c if column.name in _COLUMNS]
        if not columns or table.name in _DEPENDENT_TABLES:
            continue
        condition = or_(*(column == row.id for column in columns))
        if db.scalar(select(exists().where(condition))):
            yield table.name


def _documents(db: Session, row: ZoneRow) -> Iterator[str]:
    """Yield the tables with a document that names the zone."""
    site = db.get_one(SiteRow, row.site_id)
    if any(row.id in pair["zones"] for pair in site.walking_times):
        yield SiteRow.__tablename__
    if any(row.id in zones for zones in db.scalars(select(PlanRow.zones))):
        yield PlanRow.__tablename__
    for model in (TariffRow, TariffDraft):
        rates = db.scalars(select(model.rates).where(model.site_id == row.site_id))
        if any(rate.get("zone_id") == row.id for version in rates for rate in version):
            yield TariffRow.__tablename__
    if (plan := db.get(SitePlan, row.site_id)) is not None:
        drawings = filter(None, (plan.published, plan.earlier, plan.draft))
        rooms = (room for drawing in drawings for room in drawing.get("rooms", ()))
        if any(room["zone"] == row.id for room in rooms):
            yield SitePlan.__tablename__

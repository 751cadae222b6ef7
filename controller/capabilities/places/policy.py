"""The rows about places in the agents' policy: the site, its zones and its schedules."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.domain.facts import Name, Schedule, Zone
from controller.domain.time import Utc
from controller.kernel.facts import (
    Contributor,
    FactKind,
    Fields,
    Invalidation,
    Keys,
    at_its_site,
    key_condition,
)
from controller.policy.reading import from_json
from controller.wire import rows as wire


def _sites(db: Session, site_id: str, _keys: Keys, _now: Utc) -> Fields:
    columns = select(SiteRow.id, SiteRow.name, SiteRow.time_zone, SiteRow.language, SiteRow.opening)
    return {
        row.id: {
            "id": row.id,
            "name": from_json(row.name, Name),
            "time_zone": row.time_zone,
            "language": row.language,
            "opening": row.opening,
            "hub_keys": (),  # the feature *agents* adds them
        }
        for row in db.execute(columns.where(SiteRow.id == site_id))
    }


def _zones(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    columns = select(ZoneRow.id, ZoneRow.name, ZoneRow.capacity, ZoneRow.window_max_min)
    return {
        row.id: {
            "name": from_json(row.name, Name),
            "capacity": row.capacity,
            "window_max_min": row.window_max_min,
        }
        for row in db.execute(
            columns.where(ZoneRow.site_id == site_id, key_condition(ZoneRow.id, keys))
        )
    }


def _schedules(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    conditions = (ScheduleRow.site_id == site_id, key_condition(ScheduleRow.id, keys))
    rows = db.execute(select(ScheduleRow.id, ScheduleRow.data).where(*conditions))
    return {row.id: {"data": row.data} for row in rows}


FACTS = Contributor(
    rows=(
        FactKind(kind="site", read=_sites, value=wire.SiteRow),
        FactKind(kind="zone", read=_zones, value=Zone),
        FactKind(kind="schedule", read=_schedules, value=lambda data: from_json(data, Schedule)),
    ),
    watches={
        SiteRow: lambda row: (Invalidation("site", row.id, row.id),),
        ZoneRow: at_its_site("zone"),
        ScheduleRow: at_its_site("schedule"),
    },
)

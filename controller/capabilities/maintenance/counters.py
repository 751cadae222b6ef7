"""Counts hours of use since maintenance was last done, from machine sessions.

Counts are sums over sessions and are not stored, so late events and rebuilt sessions are included.
A session counts entirely in the interval in which it began.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.maintenance.models import MaintenanceDone, MaintenanceRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.usage.use_seconds import Span, seconds_of_use
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True)
class Count:
    """Use of a machine since its maintenance task was last done."""

    since: Utc
    used_s: float


def counts(db: Session, ids: Sequence[str]) -> dict[str, Count]:
    """Return the counter of each of these maintenance tasks."""
    last = (
        select(func.max(MaintenanceDone.at))
        .where(MaintenanceDone.maintenance_id == MaintenanceRow.id)
        .scalar_subquery()
    )
    since = func.coalesce(last, MaintenanceRow.starts_at)
    spans = _spans(db, MaintenanceRow.id, since, None, select(MaintenanceRow.id), ids)
    return {
        key: Count(spans[key].since, seconds) for key, seconds in seconds_of_use(db, spans).items()
    }


def used_before(db: Session, entry_ids: Sequence[str]) -> dict[str, float]:
    """Return, for each of these log entries, the seconds used since the previous one."""
    earlier = aliased(MaintenanceDone)
    before = (
        select(func.max(earlier.at))
        .where(
            earlier.maintenance_id == MaintenanceDone.maintenance_id,
            earlier.at < MaintenanceDone.at,
        )
        .correlate(MaintenanceDone)
        .scalar_subquery()
    )
    since = func.coalesce(before, MaintenanceRow.starts_at)
    entries = select(MaintenanceDone.id).join(
        MaintenanceRow, MaintenanceRow.id == MaintenanceDone.maintenance_id
    )
    return seconds_of_use(
        db, _spans(db, MaintenanceDone.id, since, MaintenanceDone.at, entries, entry_ids)
    )


def _spans(
    db: Session, key: Any, since: Any, until: Any, statement: Select[Any], keys: Sequence[str]
) -> dict[str, Span]:
    """Return, by key, the machine, the time span, and the time zone of its days."""
    columns = (MaintenanceRow.access_point_id, MaintenanceRow.counts, SiteRow.time_zone)
    rows = db.execute(
        statement.add_columns(*columns, since, *(() if until is None else (until,)))
        .join(SiteRow, SiteRow.id == MaintenanceRow.site_id)
        .where(key.in_(keys))
    )
    return {name: Span(*fields) for name, *fields in rows}

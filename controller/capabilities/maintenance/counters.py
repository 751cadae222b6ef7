"""Count hours of use since maintenance was last done, from machine sessions.

Nothing is stored: each count is a sum over sessions, so an event that arrives late, or a rebuild
of the sessions, only changes the sum. A session counts as a whole at the time when it began, so it
belongs to exactly one interval.
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
    """Seconds of use."""


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


def used_before(db: Session, done: Sequence[str]) -> dict[str, float]:
    """Return for each of these log entries the seconds used since the entry before it."""
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
    here = select(MaintenanceDone.id).join(
        MaintenanceRow, MaintenanceRow.id == MaintenanceDone.maintenance_id
    )
    return seconds_of_use(db, _spans(db, MaintenanceDone.id, since, MaintenanceDone.at, here, done))


def _spans(
    db: Session, key: Any, since: Any, until: Any, here: Select[Any], keys: Sequence[str]
) -> dict[str, Span]:
    """Return for each key the machine, the time span, and the time zone of its days."""
    columns = (MaintenanceRow.access_point_id, MaintenanceRow.counts, SiteRow.time_zone)
    rows = db.execute(
        here.add_columns(*columns, since, *(() if until is None else (until,)))
        .join(SiteRow, SiteRow.id == MaintenanceRow.site_id)
        .where(key.in_(keys))
    )
    return {name: Span(*facts) for name, *facts in rows}

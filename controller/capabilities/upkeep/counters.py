"""Hours of use, summed from sessions: asked again they are the same, whatever came late.

A session counts where it began, whole: so each counts in exactly one interval, and an event that
arrives late, or a rebuild of the sessions, changes the sums and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.upkeep.models import MaintenanceDone, MaintenanceRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc

_SECONDS = case(
    (MaintenanceRow.counts == "powered", SessionRow.powered_s), else_=SessionRow.active_s
)


@dataclass(frozen=True, slots=True)
class Count:
    """What was used since it was last done."""

    since: Utc
    used_s: float


def counts(db: Session, ids: Sequence[str]) -> dict[str, Count]:
    """The counter of each of these maintenances."""
    last = (
        select(MaintenanceDone.maintenance_id, func.max(MaintenanceDone.at).label("at"))
        .where(MaintenanceDone.maintenance_id.in_(ids))
        .group_by(MaintenanceDone.maintenance_id)
        .subquery()
    )
    since = func.coalesce(last.c.at, MaintenanceRow.starts_at)
    used = func.coalesce(func.sum(_SECONDS), 0.0)
    of_point = SessionRow.access_point_id == MaintenanceRow.access_point_id
    rows = db.execute(
        select(MaintenanceRow.id, since, used)
        .outerjoin(last, last.c.maintenance_id == MaintenanceRow.id)
        .outerjoin(SessionRow, and_(of_point, _began_from(since)))
        .where(MaintenanceRow.id.in_(ids))
        .group_by(MaintenanceRow.id, since)
    )
    return {key: Count(begun, float(seconds)) for key, begun, seconds in rows}


def used_before(db: Session, done: Sequence[str]) -> dict[str, float]:
    """By each of these times that it was done, the seconds used since the time before it."""
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
    of_point = SessionRow.access_point_id == MaintenanceRow.access_point_id
    rows = db.execute(
        select(MaintenanceDone.id, func.coalesce(func.sum(_SECONDS), 0.0))
        .join(MaintenanceRow, MaintenanceRow.id == MaintenanceDone.maintenance_id)
        .outerjoin(SessionRow, and_(of_point, _began_from(since), ~_began_from(MaintenanceDone.at)))
        .where(MaintenanceDone.id.in_(done))
        .group_by(MaintenanceDone.id)
    )
    return {key: float(seconds) for key, seconds in rows}


def _began_from(moment: Any) -> Any:
    """A session whose start is not known counts where it ended."""
    started, ended = SessionRow.started_at, SessionRow.ended_at
    known = and_(started.is_not(None), started >= moment)
    return or_(known, and_(started.is_(None), ended.is_not(None), ended >= moment))

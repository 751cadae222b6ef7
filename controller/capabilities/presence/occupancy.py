"""Counts how full zones were in each quarter of an hour, without names."""

from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.presence.models import Occupancy, PresenceRow
from controller.capabilities.presence.shapes import Occupied
from controller.capabilities.usage.report import span
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.mapping import to_shape
from controller.kernel.rows import at_sites, ensure, get_or_404

QUARTER_MIN = 15
"""Length of a counted interval, in minutes."""
QUARTER_LIMIT = 10_000
"""Maximum number of rows in a report: a zone for three months."""


def count_quarter(
    db: Session, site_id: str, zone_id: str, at: Utc, *, now: Utc, entries: int = 0
) -> None:
    """Update the entries and the peak of a quarter of an hour.

    For events of an earlier quarter, only entries are counted, since current presence says nothing
    about that time.
    """
    quarter, count = _quarter_start(at), entries
    if quarter == _quarter_start(now):
        heads = select(func.sum(PresenceRow.heads)).where(PresenceRow.zone_id == zone_id)
        count = int(db.scalar(heads) or 0)
    new = Occupancy(zone_id=zone_id, quarter=quarter, site_id=site_id, peak=0, entries=0)
    is_quarter = (Occupancy.zone_id == zone_id) & (Occupancy.quarter == quarter)
    row = ensure(db, select(Occupancy).where(is_quarter), new)
    row.entries += entries
    row.peak = max(row.peak, count)
    db.flush()


def correct_departure(db: Session, zone_id: str, reported: Utc, real: Utc, heads: int) -> None:
    """Correct the counts of a zone after somebody left at `real` instead of `reported`.

    In each quarter between the two times, they were wrongly counted, or wrongly missing.
    """
    first, last = sorted((_quarter_start(reported), _quarter_start(real)))
    change = heads if real > reported else -heads
    rows = select(Occupancy).where(
        Occupancy.zone_id == zone_id, Occupancy.quarter > first, Occupancy.quarter <= last
    )
    for row in db.scalars(rows):
        row.peak = max(0, row.peak + change)
    db.flush()


def count_all_zones(db: Session, now: Utc) -> None:
    """Update the current quarter of every zone with people in it, even if nobody moves."""
    inside = select(PresenceRow.site_id, PresenceRow.zone_id).distinct()
    for site_id, zone_id in db.execute(inside.where(PresenceRow.zone_id.is_not(None))).all():
        count_quarter(db, site_id, zone_id or "", now, now=now)


def _quarter_start(at: Utc) -> Utc:
    start = at.minute - at.minute % QUARTER_MIN
    return Utc.of(at.replace(minute=start, second=0, microsecond=0))


def occupancy_between(
    db: Session, since: Utc, until: Utc, *, actor: Actor, zone_id: str | None = None
) -> list[Occupied]:
    """Return the quarters that begin in [since, until) at the actor's sites, by zone and time."""
    actor.require_anywhere(Permission.REPORTS_READ)
    statement = select(Occupancy).where(
        at_sites(Occupancy.site_id, actor.sites(Permission.REPORTS_READ)),
        Occupancy.quarter >= since,
        Occupancy.quarter < until,
    )
    if zone_id is not None:
        statement = statement.where(Occupancy.zone_id == zone_id)
    return _shapes(db, statement.limit(QUARTER_LIMIT))


def occupancy_of_month(
    db: Session, site_id: str, *, month: str | None, actor: Actor, now: Utc
) -> list[Occupied]:
    """Return all quarters of a month at a site, by zone and time. Raises Forbidden, NotFound,
    Invalid.

    `month` is `YYYY-MM`; None: the current month.
    """
    actor.require(Permission.REPORTS_READ, site_id)
    zone = ZoneInfo(get_or_404(db, SiteRow, site_id, "site").time_zone)
    start, end = span(month, None, zone, now)
    quarters = (Occupancy.site_id == site_id) & (Occupancy.quarter >= start)
    return _shapes(db, select(Occupancy).where(quarters, Occupancy.quarter < end))


def _shapes(db: Session, statement: Select[Occupancy]) -> list[Occupied]:
    return [
        to_shape(row, Occupied)
        for row in db.scalars(statement.order_by(Occupancy.zone_id, Occupancy.quarter))
    ]

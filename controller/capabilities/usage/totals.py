"""Daily totals of machine sessions, updated with every session; they can be recomputed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.domain.time import Utc
from controller.store.upsert import add_sums

_AT_ONCE = 5000
_NAMES = ("sessions", "active_ms", "idle_ms", "powered_ms", "material_mg")


class CountedSession(Protocol):
    """The values of a session that are part of the daily totals."""

    site_id: str
    access_point_id: str
    started_at: Utc | None
    organisation_id: str | None
    project_id: str | None
    public: str | None
    active_s: float
    idle_s: float
    powered_s: float
    material_mg: int


class Day(NamedTuple):
    """The key of a daily total: a session counts on the day on which it began, in the site's time
    zone."""

    site_id: str
    day: date
    access_point_id: str
    organisation_id: str
    project_id: str
    public: str


Sums = tuple[int, int, int, int, int]
"""Number of sessions, milliseconds active, idle and powered, and milligrams of material."""
Share = tuple[Day, Sums]
"""A session's share in the total of a day."""


def time_zones(db: Session, sites: Iterable[str]) -> dict[str, ZoneInfo]:
    """Return the time zones of these sites."""
    zone_rows = select(SiteRow.id, SiteRow.time_zone).where(SiteRow.id.in_(set(sites)))
    return {row.id: ZoneInfo(row.time_zone) for row in db.execute(zone_rows)}


def share(session: CountedSession, calendars: Mapping[str, ZoneInfo]) -> Share | None:
    """Return a session's share in its day; None while its start is unknown."""
    if session.started_at is None:
        return None
    day = Day(
        session.site_id,
        session.started_at.astimezone(calendars[session.site_id]).date(),
        session.access_point_id,
        session.organisation_id or "",
        session.project_id or "",
        session.public or "",
    )
    seconds = (session.active_s, session.idle_s, session.powered_s)
    active, idle, powered = (round(second * 1000) for second in seconds)
    return day, (1, active, idle, powered, session.material_mg)


def update_totals(
    db: Session, before: Iterable[Share | None], after: Iterable[Share | None]
) -> None:
    """Subtract the sessions' earlier shares from the totals, and add their current ones."""
    sums: dict[Day, list[int]] = {}
    for sign, shares in ((-1, before), (1, after)):
        for day, numbers in filter(None, shares):
            total = sums.setdefault(day, [0] * len(_NAMES))
            for index, number in enumerate(numbers):
                total[index] += sign * number
    changed = {day: total for day, total in sums.items() if any(total)}
    # Sorted, to avoid deadlocks between transactions.
    add_sums(db, UsageDay, [_row(day, changed[day]) for day in sorted(changed)])


def recount(db: Session, site_id: str | None = None) -> None:
    """Recompute the daily totals of a site, or of all sites, from the sessions.

    Days before the first stored session stay as they are.
    """
    conditions = () if site_id is None else (SessionRow.site_id == site_id,)
    starts = select(SessionRow.site_id, func.min(SessionRow.started_at))
    starts = starts.where(SessionRow.started_at.is_not(None), *conditions).group_by(
        SessionRow.site_id
    )
    start_by_site = {site: start for site, start in db.execute(starts) if start is not None}
    calendars = time_zones(db, start_by_site)
    for site, start in start_by_site.items():
        border = start.astimezone(calendars[site]).date()
        db.execute(delete(UsageDay).where(UsageDay.site_id == site, UsageDay.day >= border))
    for shares in _shares(db, conditions, calendars):
        update_totals(db, (), shares)


def _shares(
    db: Session, conditions: tuple[ColumnElement[bool], ...], calendars: Mapping[str, ZoneInfo]
) -> Iterator[list[Share | None]]:
    columns = (getattr(SessionRow, name) for name in CountedSession.__annotations__)
    rows = db.execute(select(*columns).where(*conditions))
    for batch in rows.yield_per(_AT_ONCE).partitions():
        yield [share(row, calendars) for row in batch]


def _row(day: Day, total: Iterable[int]) -> dict[str, object]:
    return day._asdict() | dict(zip(_NAMES, total, strict=True))

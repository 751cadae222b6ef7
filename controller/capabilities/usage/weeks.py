"""Weekly figures of machines, from daily totals and sessions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.domain.time import Utc

MIN_PEOPLE = 3
"""How many people must have used a part of the week for it to count as busy; fewer could reveal a
person's habits."""
_PARTS = 21
"""Number of parts in a week: seven days of three parts."""
_MAX_PARTS = 2


@dataclass(frozen=True, slots=True)
class Week:
    """Hours in which a machine ran, and in which it was on without a job."""

    running_h: float
    waiting_h: float


class PartOfDay(IntEnum):
    """A part of a day; its value is its first hour."""

    MORNING = 0
    AFTERNOON = 12
    EVENING = 18


def busiest(
    db: Session, access_point: str, since: Utc, zone: ZoneInfo
) -> list[tuple[int, PartOfDay]]:
    """Return at most two parts of the week in which the machine ran at least twice the average.

    Each is a weekday (0 is Monday) and a part of the day.
    """
    ran: dict[tuple[int, PartOfDay], float] = defaultdict(float)
    people: dict[tuple[int, PartOfDay], set[str | None]] = defaultdict(set)
    sessions = select(SessionRow.started_at, SessionRow.active_s, SessionRow.member_ref).where(
        SessionRow.access_point_id == access_point, SessionRow.started_at >= since
    )
    for started, active_s, member in db.execute(sessions):
        if started is None:
            continue
        at = started.astimezone(zone)
        when = at.weekday(), max(part for part in PartOfDay if part <= at.hour)
        ran[when] += active_s
        people[when].add(member)
    threshold = 2 * sum(ran.values()) / _PARTS
    busy_parts = [
        when for when in ran if ran[when] >= threshold > 0 and len(people[when]) >= MIN_PEOPLE
    ]
    return sorted(busy_parts, key=lambda when: -ran[when])[:_MAX_PARTS]


def weekly(db: Session, access_point: str, mondays: Sequence[date]) -> list[Week]:
    """Return a `Week` for each of these Mondays, in the site's time zone.

    A session counts when it began.
    """
    active, powered = func.sum(UsageDay.active_ms), func.sum(UsageDay.powered_ms)
    days = (
        select(UsageDay.day, active, powered)
        .where(UsageDay.access_point_id == access_point, UsageDay.day >= min(mondays))
        .group_by(UsageDay.day)
    )
    sums = {monday: [0.0, 0.0] for monday in mondays}
    for day, ran, had_power in db.execute(days):
        if (week := sums.get(day - timedelta(days=day.weekday()))) is not None:
            week[0] += int(ran) / 3_600_000
            week[1] += int(had_power) / 3_600_000
    return [Week(ran, max(0.0, on - ran)) for ran, on in sums.values()]


def hours_since(db: Session, site_id: str, day: date) -> dict[str, float]:
    """Return the hours in which each machine of a site ran since that day; without unused
    machines."""
    ran = (
        select(UsageDay.access_point_id, func.sum(UsageDay.active_ms))
        .where(UsageDay.site_id == site_id, UsageDay.day >= day)
        .group_by(UsageDay.access_point_id)
    )
    return {point: int(ms) / 3_600_000 for point, ms in db.execute(ran)}

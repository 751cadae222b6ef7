"""The year before the demo's detailed past, as totals without people, which reports read.

These are sums of each day, how full rooms were, and how many people came.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from controller.capabilities.billing import months
from controller.capabilities.places.models import SiteRow
from controller.capabilities.presence.models import Occupancy
from controller.capabilities.presence.occupancy import QUARTER_MIN
from controller.capabilities.statistics.models import VisitorBorder, VisitorPast
from controller.capabilities.usage.models import UsageDay
from controller.cli.demo.place import POINTS, SITE_ID
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.database import Database

_ZONE = ZoneInfo("Europe/Paris")
_SEED = 20260114
_SUNDAY = 6
_YEAR = 365
_PUBLICS = {"inhabitant": 11, "student": 8, "entrepreneur": 7, "association": 4, "minor": 3}
"""Categories of visitors, and how many of each come in an average month."""
_BUSY = (0.9, 1.0, 1.0, 0.95, 1.0, 0.9, 0.6, 0.35, 1.0, 1.1, 1.1, 0.8)
"""How busy each month is, relative to the average; much less in summer."""
_DEMAND = (1.5, 0.7, 1.3, 1.1, 0.8, 0.5, 0.6, 0.4)
"""How busy each machine is, relative to the average."""
_HEADS = {"atelier": 7.0, "coworking": 12.0}
"""Usual number of people in each room."""
_OPENS, _QUARTERS = 9, 40
"""Opening hour, and number of quarters of an hour that are open."""
_HOUR_MS = 3_600_000


def add_year(database: Database, now: Utc, days_ago: int) -> None:
    """Add the totals, up to `days_ago` days ago, where the detailed past begins."""
    today, dice = now.astimezone(_ZONE).date(), Random(_SEED)  # noqa: S311  the same each time
    days = [today - timedelta(days=ago) for ago in range(_YEAR, days_ago, -1)]
    days = [day for day in days if day.weekday() != _SUNDAY]
    border = months.month_of(today - timedelta(days=days_ago))
    with database.write() as db:
        site = db.get_one(SiteRow, SITE_ID)
        site.created_at = Utc.of(now - timedelta(days=_YEAR + 1))
        db.execute(insert(UsageDay), [row for day in days for row in _machine_use(day, dice)])
        db.execute(insert(Occupancy), [row for day in days for row in _occupancy(day, dice)])
        past = sorted({months.month_of(day) for day in days} - {border})
        db.execute(insert(VisitorPast), [row for month in past for row in _visitors(month, dice)])
        # from this month on, visitors are stored one by one
        db.merge(VisitorBorder(site_id=SITE_ID, month=border))


def _machine_use(day: date, dice: Random) -> Iterator[dict[str, object]]:
    """Yield the use of each machine by category of user."""
    machines = [wired for wired in POINTS if wired.point.kind is PointKind.MACHINE]
    for wired, demand in zip(machines, _DEMAND, strict=True):
        for public in dice.sample(sorted(_PUBLICS), 2):
            hours = dice.uniform(0.2, 1.6) * _BUSY[day.month - 1] * demand
            yield {
                "site_id": SITE_ID,
                "day": day,
                "access_point_id": str(wired.point.id),
                "organisation_id": "",
                "project_id": "",
                "public": public,
                "sessions": 1 + round(hours),
                "active_ms": round(hours * _HOUR_MS),
                "idle_ms": round(hours * 0.3 * _HOUR_MS),
                "powered_ms": round(hours * 1.3 * _HOUR_MS),
                "material_mg": 0,
            }


def _occupancy(day: date, dice: Random) -> Iterator[dict[str, object]]:
    """Yield the occupancy of the rooms in each quarter of an hour, highest in the afternoon."""
    opens = datetime.combine(day, time(_OPENS), _ZONE)
    for zone, usual in _HEADS.items():
        for quarter in range(_QUARTERS):
            share = 1 - abs(quarter - 24) / 28
            peak = round(usual * share * _BUSY[day.month - 1] * dice.uniform(0.5, 1.2))
            if peak:
                yield {
                    "zone_id": zone,
                    "quarter": Utc.of(opens + timedelta(minutes=QUARTER_MIN * quarter)),
                    "site_id": SITE_ID,
                    "peak": peak,
                    "entries": peak // 4,
                }


def _visitors(month: str, dice: Random) -> Iterator[dict[str, object]]:
    for public, usual in _PUBLICS.items():
        people = round(usual * _BUSY[int(month[5:]) - 1] * dice.uniform(0.9, 1.2))
        yield {"site_id": SITE_ID, "month": month, "public": public, "people": people}

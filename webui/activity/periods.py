"""Since when the list goes: since one last read it, since Friday, or since a chosen moment."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.time import Utc

LAST, FRIDAY, YESTERDAY, WEEK = "last", "friday", "yesterday", "week"
CHOICES = (LAST, FRIDAY, YESTERDAY, WEEK)
EVENING = time(18)
"""When a day is over: Friday's and yesterday's lists begin in the evening before."""
LONGEST = timedelta(days=42)
_FRIDAY = 4


class NoPeriod(Exception):
    """What was asked is no moment of the last six weeks."""


def begin(asked: str, last: Utc | None, now: Utc, zone: ZoneInfo) -> Utc:
    """From when on. `last`: until when one has read; without it, `last` is Friday.

    Raises NoPeriod.
    """
    local = now.astimezone(zone)
    if asked == LAST and last is not None:
        return max(last, Utc.of(now - LONGEST))
    if asked in (LAST, FRIDAY):
        return _evening(local, (local.weekday() - _FRIDAY) % 7 or 7, zone)
    if asked == YESTERDAY:
        return _evening(local, 1, zone)
    if asked == WEEK:
        return Utc.of(now - timedelta(days=7))
    return _moment(asked, now, zone)


def _evening(local: datetime, days: int, zone: ZoneInfo) -> Utc:
    """The evening `days` days ago."""
    day = local.date() - timedelta(days=days)
    return Utc.of(datetime.combine(day, EVENING, zone))


def _moment(asked: str, now: Utc, zone: ZoneInfo) -> Utc:
    """As a browser's field for date and time sends it, in the site's time."""
    try:
        given = datetime.strptime(asked, "%Y-%m-%dT%H:%M").replace(tzinfo=zone)
        at = Utc.of(given)
    except (ValueError, OverflowError) as problem:
        raise NoPeriod from problem
    if not timedelta() <= now - at <= LONGEST:
        raise NoPeriod
    return at

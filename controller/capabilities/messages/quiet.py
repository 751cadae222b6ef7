"""Quiet hours, in which only urgent alerts are sent."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.time import Utc


def quiet_hours_end(quiet: str | None, zone: str, now: Utc) -> Utc | None:
    """Return when the current quiet hours end; None outside of them.

    `quiet` is `HH:MM-HH:MM` in the place's time zone, and may cross midnight.
    """
    if not quiet:
        return None
    start, end = (time.fromisoformat(part) for part in quiet.split("-"))
    local = now.astimezone(ZoneInfo(zone))
    over_midnight = start > end
    at = local.time()
    is_quiet = (at >= start or at < end) if over_midnight else start <= at < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and at >= start else 0)
    return Utc.of(datetime.combine(day, end, ZoneInfo(zone)))

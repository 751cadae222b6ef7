"""A day and two times of that day as a form has them, and the moments that they are."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.time import Utc

NIGHT = timedelta(hours=8)
"""What lasts no longer than this may end after midnight; else its end was mistyped."""


class EndsBefore(ValueError):
    """It ends before it starts."""


def moments(day: str, starts: str, ends: str, zone: ZoneInfo) -> tuple[Utc, Utc]:
    """From when until when; what goes on after midnight ends the next day.

    Raises ValueError, and EndsBefore where that would be longer than a night.
    """
    start, end = (time.fromisoformat(time_text) for time_text in (starts, ends))
    on = date.fromisoformat(day)
    until = on if end > start else on + timedelta(days=1)
    first, last = _moment(on, start, zone), _moment(until, end, zone)
    if until > on and last - first > NIGHT:
        raise EndsBefore("ends before it starts")
    return first, last


def fields(starts: Utc, ends: Utc, zone: ZoneInfo) -> dict[str, str]:
    """As the form has them."""
    start, end = starts.astimezone(zone), ends.astimezone(zone)
    return {"day": f"{start:%Y-%m-%d}", "starts": f"{start:%H:%M}", "ends": f"{end:%H:%M}"}


def _moment(day: date, at: time, zone: ZoneInfo) -> Utc:
    return Utc.of(datetime.combine(day, at.replace(tzinfo=None), tzinfo=zone))

"""Converts between two moments and the form's fields: a day and two times."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.time import Utc

NIGHT = timedelta(hours=8)
"""Longest session that may end after midnight; for a longer one the end counts as mistyped."""


class EndsBeforeStart(ValueError):
    """The typed end of a session is before its start."""


def moments(day: str, starts: str, ends: str, zone: ZoneInfo) -> tuple[Utc, Utc]:
    """Return start and end; an end that is not after the start is on the next day.

    Raises ValueError, and EndsBeforeStart if it would then last longer than `NIGHT`.
    """
    start, end = (time.fromisoformat(time_text) for time_text in (starts, ends))
    on = date.fromisoformat(day)
    until = on if end > start else on + timedelta(days=1)
    first, last = _moment(on, start, zone), _moment(until, end, zone)
    if until > on and last - first > NIGHT:
        raise EndsBeforeStart("ends before it starts")
    return first, last


def fields(starts: Utc, ends: Utc, zone: ZoneInfo) -> dict[str, str]:
    """Return the form's fields for a start and an end."""
    start, end = starts.astimezone(zone), ends.astimezone(zone)
    return {"day": f"{start:%Y-%m-%d}", "starts": f"{start:%H:%M}", "ends": f"{end:%H:%M}"}


def _moment(day: date, at: time, zone: ZoneInfo) -> Utc:
    return Utc.of(datetime.combine(day, at.replace(tzinfo=None), tzinfo=zone))

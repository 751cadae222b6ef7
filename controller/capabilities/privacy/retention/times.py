"""Until when something is kept: days, and months of the calendar."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

from controller.domain.time import Utc


def days_before(now: Utc, days: int) -> Utc:
    """The time `days` days ago."""
    return Utc.of(now - timedelta(days=days))


def years_before(now: Utc, years: int) -> Utc:
    """The first of January `years` years ago."""
    return Utc.of(datetime(now.year - years, 1, 1, tzinfo=UTC))


def months_before(now: Utc, months: int) -> Utc:
    """The same day `months` months ago, or the last day of that month."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, monthrange(year, month + 1)[1])
    return Utc.of(now.replace(year=year, month=month + 1, day=day))

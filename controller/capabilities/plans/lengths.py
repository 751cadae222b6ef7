"""The lengths for which plans are given: whole months for subscriptions, (half) days for passes."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from controller.capabilities.plans.models import PassKind
from controller.domain.time import Utc


class Length(StrEnum):
    """Lengths of a subscription that forms offer."""

    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"


LONGEST_LENGTH = Length.YEAR
"""The longest length that a tariff can price."""

NOON = time(13)
"""When the second half of a day begins: 13:00."""
_MONTHS = {Length.MONTH: 1, Length.QUARTER: 3, Length.HALF: 6, Length.YEAR: 12}


def add_length(start: Utc, length: Length, zone: ZoneInfo) -> Utc:
    """Return the end of `length`: its last day is the eve of the same day of a later month, or that
    month's last day if it has no such day (29 February: 28 February)."""
    return Utc.midnight(_add_months(start.astimezone(zone).date(), _MONTHS[length]), zone)


def renewed_end(end: Utc, length: Length, zone: ZoneInfo) -> Utc:
    """Return the end of a renewal: `length` after the last day of the previous subscription."""
    last = Utc.of(end - timedelta(milliseconds=1)).astimezone(zone).date()
    return add_length(Utc.midnight(last + timedelta(days=1), zone), length, zone)


def year_from(start: Utc, now: Utc, zone: ZoneInfo) -> Utc:
    """Return the end of a year that begins now, or when the subscription before it ends."""
    return (renewed_end if start > now else add_length)(start, Length.YEAR, zone)


def _add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or the day after that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    if day.day <= monthrange(day.year + years, month + 1)[1]:
        return date(day.year + years, month + 1, day.day)
    years, month = divmod(day.month + months, 12)
    return date(day.year + years, month + 1, 1)


def span(kind: PassKind, zone_name: str, at: Utc) -> tuple[date, int, Utc, Utc]:
    """Return the local day or half-day that contains `at`: its date, half, start and end.

    The half is 0 for a whole day, otherwise 1 or 2.
    """
    zone = ZoneInfo(zone_name)
    local = at.astimezone(zone)

    def moment(day: date, clock: time) -> Utc:
        return Utc.of(datetime.combine(day, clock, zone))

    day, midnight = local.date(), time(0)
    ends = [moment(day, midnight), moment(day, NOON), moment(day + timedelta(days=1), midnight)]
    if kind is PassKind.DAY:
        return day, 0, ends[0], ends[2]
    half = 1 if at < ends[1] else 2
    return day, half, ends[half - 1], ends[half]

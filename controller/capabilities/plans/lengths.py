"""For how long a plan is given: whole months, to the same day of the month."""

from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from controller.domain.time import Utc


class Length(StrEnum):
    """What forms offer."""

    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"


LONGEST = Length.YEAR
"""A price is for one of these; what lasts longer has none."""

_MONTHS = {Length.MONTH: 1, Length.QUARTER: 3, Length.HALF: 6, Length.YEAR: 12}


def after(start: Utc, length: Length, zone: ZoneInfo) -> Utc:
    """The beginning of the same day so much later, or of the last of that month."""
    return Utc.midnight(_later(start.astimezone(zone).date(), _MONTHS[length]), zone)


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(day.year + years, month + 1, last)
        except ValueError:
            continue
    return date(day.year + years, month + 1, day.day)

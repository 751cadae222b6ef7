"""Periods of Reports: a month, a quarter, a year, or a range of months."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from controller.capabilities.statistics.funder import MONTH_LIMIT
from controller.kernel.errors import Invalid

_KEY = re.compile(r"(2\d{3})(?:-(0[1-9]|1[0-2])(?:_(2\d{3})-(0[1-9]|1[0-2]))?|-q([1-4]))?")


class Kind(StrEnum):
    """The length of a period that is a whole month, quarter or year."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FREE = "free"


LENGTHS = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.YEAR: 12}
"""Lengths in months; a period begins at a multiple of its length."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months in the site's time zone (`2026-11`), from the first to the last inclusive."""

    first: str
    last: str

    @property
    def kind(self) -> Kind:
        """Return the kind, by length and beginning."""
        start, length = _number(self.first), len(self.months)
        matching = (kind for kind, n in LENGTHS.items() if n == length and start % n == 0)
        return next(matching, Kind.FREE)

    @property
    def key(self) -> str:
        """Return the period as in URLs: `2026-11`, `2026-q4`, `2026`, `2026-08_2026-10`."""
        return {
            Kind.MONTH: self.first,
            Kind.QUARTER: f"{self.first[:4]}-q{(int(self.first[5:]) + 2) // 3}",
            Kind.YEAR: self.first[:4],
            Kind.FREE: f"{self.first}_{self.last}",
        }[self.kind]

    @property
    def months(self) -> list[str]:
        """Return all months of the period."""
        return [_month(at) for at in range(_number(self.first), _number(self.last) + 1)]

    def shifted(self, steps: int) -> "Period":
        """Return the period of the same length, `steps` periods later or (negative) earlier."""
        offset = steps * len(self.months)
        return Period(_month(_number(self.first) + offset), _month(_number(self.last) + offset))

    def around(self) -> Iterator["Period"]:
        """Yield the month, the quarter and the year in which this period ends."""
        at = _number(self.last)
        for n in LENGTHS.values():
            start = at - at % n
            yield Period(_month(start), _month(start + n - 1))


def period_of(first: str, last: str) -> Period:
    """Return the period between two months, in either order. Raises Invalid."""
    first_month, last_month = sorted((first, last))
    return parse_period(f"{first_month}_{last_month}")


def parse_period(key: str) -> Period:
    """Return the period with this key from a URL. Raises Invalid."""
    match = _KEY.fullmatch(key)
    if not match:
        raise Invalid.of("period", "such as 2026-11, 2026-q4, 2026 or 2026-08_2026-10")
    year, month, last_year, last_month, quarter = match.groups()
    if quarter:
        end = 3 * int(quarter)
        return Period(f"{year}-{end - 2:02d}", f"{year}-{end:02d}")
    first = f"{year}-{month or '01'}"
    period = Period(first, f"{last_year or year}-{last_month or month or '12'}")
    if not 1 <= len(period.months) <= MONTH_LIMIT:
        raise Invalid.of("period", f"from 1 to {MONTH_LIMIT} months")
    return period


def _number(month: str) -> int:
    """Return the number of months since the year 0."""
    return 12 * int(month[:4]) + int(month[5:]) - 1


def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"

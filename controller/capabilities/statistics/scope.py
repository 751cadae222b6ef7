"""The scope of a count, a site and months, and the rows that counting yields."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from controller.capabilities.statistics.shapes import Figure
from controller.domain.time import Utc


class Row(NamedTuple):
    """An amount of a figure, for a month (or a day, in a trace) and a part, such as a machine."""

    period: str
    figure: Figure
    part: str
    amount: int
    """Number of people or times, cents, or milliseconds, by figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whole months in a site's time zone; `by_day`: count rows by day instead of by month."""

    site_id: str
    zone: ZoneInfo
    first: str
    last: str
    now: Utc
    by_day: bool = False

    @property
    def days(self) -> tuple[date, date]:
        """Return the first day, and the day after the last one."""
        return _first_day(self.first), _first_day(next_month(self.last))

    @property
    def times(self) -> tuple[Utc, Utc]:
        """Return the start and the end."""
        start, end = (Utc.midnight(day, self.zone) for day in self.days)
        return start, end

    @property
    def months(self) -> list[str]:
        """Return all months of the scope."""
        all_months = [self.first]
        while all_months[-1] < self.last:
            all_months.append(next_month(all_months[-1]))
        return all_months

    def spans(self) -> Iterator[tuple[str, Utc, Utc]]:
        """Yield each month, or each day, with its start and end."""
        at, after = self.days
        while at < after:
            following = self._next_start(at)
            yield self.label(at), Utc.midnight(at, self.zone), Utc.midnight(following, self.zone)
            at = following

    def _next_start(self, day: date) -> date:
        if self.by_day:
            return day + timedelta(days=1)
        return _first_day(next_month(day.isoformat()[:7]))

    def when(self, at: Utc) -> str:
        """Return the month or day in which something at that time is counted."""
        return self.label(at.astimezone(self.zone).date())

    def label(self, day: date) -> str:
        """Return the month or day in which something on that day is counted."""
        return day.isoformat() if self.by_day else day.isoformat()[:7]

    def split(self, start: Utc, end: Utc) -> Iterator[tuple[str, int]]:
        """Yield how much of a time lies in each month or day of the scope, in milliseconds."""
        first, last = self.times
        at, end = max(start, first), min(end, last)
        while at < end:
            day = at.astimezone(self.zone).date()
            until = min(end, Utc.midnight(self._next_start(day), self.zone))
            yield self.label(day), until.millis() - at.millis()
            at = until


def next_month(month: str) -> str:
    """Return the following month."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")

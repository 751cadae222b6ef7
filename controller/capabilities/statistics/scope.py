"""Of which site and which months something is counted, and by what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from controller.capabilities.statistics.shapes import Figure
from controller.domain.time import Utc


class Row(NamedTuple):
    """Part of a figure: when (a month, or a day where it is traced), of what, and how much."""

    when: str
    figure: Figure
    part: str
    amount: int
    """People, times, cents, or milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Months of a site's calendar, whole, and whether their days are told apart."""

    site_id: str
    zone: ZoneInfo
    first: str
    last: str
    now: Utc
    by_day: bool = False

    @property
    def days(self) -> tuple[date, date]:
        """The first day, and the one after the last."""
        return _first_day(self.first), _first_day(next_month(self.last))

    @property
    def times(self) -> tuple[Utc, Utc]:
        """The start, and the end."""
        start, end = (Utc.midnight(day, self.zone) for day in self.days)
        return start, end

    @property
    def months(self) -> list[str]:
        """All of them."""
        found = [self.first]
        while found[-1] < self.last:
            found.append(next_month(found[-1]))
        return found

    def spans(self) -> Iterator[tuple[str, Utc, Utc]]:
        """Each month, or each day, from when to when."""
        at, after = self.days
        while at < after:
            following = self._following(at)
            yield self.label(at), Utc.midnight(at, self.zone), Utc.midnight(following, self.zone)
            at = following

    def _following(self, day: date) -> date:
        if self.by_day:
            return day + timedelta(days=1)
        return _first_day(next_month(day.isoformat()[:7]))

    def when(self, at: Utc) -> str:
        """Under what something of that time is counted."""
        return self.label(at.astimezone(self.zone).date())

    def label(self, day: date) -> str:
        """Under what something of that day is counted."""
        return day.isoformat() if self.by_day else day.isoformat()[:7]

    def split(self, start: Utc, end: Utc) -> Iterator[tuple[str, int]]:
        """The part of a time that lies in these months, by month or day, in milliseconds."""
        first, last = self.times
        at, end = max(start, first), min(end, last)
        while at < end:
            day = at.astimezone(self.zone).date()
            until = min(end, Utc.midnight(self._following(day), self.zone))
            yield self.label(day), until.millis() - at.millis()
            at = until


def next_month(month: str) -> str:
    """The one after."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")

"""An instant in UTC with whole milliseconds and a single text format."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Self

MAX_CLOCK_LAG = timedelta(minutes=5)
"""How far a box's clock may be behind, or set back; beyond this it is wrong."""
_MILLISECOND = timedelta(milliseconds=1)
_EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Utc(datetime):
    """A datetime that is always in UTC and always a whole number of milliseconds."""

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Convert an aware datetime; a naive one raises ValueError."""
        if moment.tzinfo is None:
            raise ValueError("a time needs a time zone")
        m = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        return cls(
            m.year,
            m.month,
            m.day,
            m.hour,
            m.minute,
            m.second,
            m.microsecond // 1000 * 1000,
            tzinfo=UTC,
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse exactly `YYYY-MM-DDTHH:MM:SS.mmmZ`; raises ValueError for anything else."""
        if not _EXACT.fullmatch(text):
            raise ValueError(f"{text!r} is not a time of the form YYYY-MM-DDTHH:MM:SS.mmmZ")
        return cls.fromisoformat(text)

    @classmethod
    @lru_cache(maxsize=1024)  # pages and reports ask for the same days again and again
    def midnight(cls, day: date, zone: tzinfo) -> Self:
        """Return the instant at which a day begins in a time zone."""
        return cls.of(datetime.combine(day, time(0), zone))

    def text(self) -> str:
        """Return the instant as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
        return f"{self.isoformat(timespec='milliseconds')[:-6]}Z"

    @classmethod
    def from_millis(cls, number: int) -> Self:
        """Return the instant that many milliseconds after 1970.

        Raises OverflowError outside years 1 to 9999.
        """
        return cls(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)

    def millis(self) -> int:
        """Return the milliseconds since 1970."""
        return (self - _EPOCH) // _MILLISECOND


_EPOCH = Utc(1970, 1, 1, tzinfo=UTC)

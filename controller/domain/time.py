"""An instant as Loquet stores and sends it: UTC, whole milliseconds, one spelling."""

import re
from datetime import UTC, datetime
from typing import Self

_EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Utc(datetime):
    """A datetime that is always in UTC and always a whole number of milliseconds."""

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Convert an aware datetime; a naive one raises ValueError."""
        if moment.tzinfo is None:
            raise ValueError("a time without a zone is not an instant")
        m = moment.astimezone(UTC)
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
        """Read exactly `YYYY-MM-DDTHH:MM:SS.mmmZ`; anything else raises ValueError."""
        if not _EXACT.fullmatch(text):
            raise ValueError(f"{text!r} is not a time of the form YYYY-MM-DDTHH:MM:SS.mmmZ")
        return cls.fromisoformat(text)

    def text(self) -> str:
        """The one spelling: `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
        # Not %Y, which on Linux writes year 1 as `1`: nobody could read that back.
        return f"{self.year:04d}{self:-%m-%dT%H:%M:%S.}{self.microsecond // 1000:03d}Z"

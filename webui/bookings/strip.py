"""Which hours of a day its strip shows."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from controller.capabilities.bookings.free import Span
from controller.domain.time import Utc

DEFAULT_HOURS = (8, 20)
"""Hours shown of a place that is open day and night."""


def is_open_all_day(spans: Sequence[Span]) -> bool:
    """Return whether the place is open all day: 23 hours on the day when clocks go forward."""
    return bool(spans) and sum((b - a).total_seconds() for a, b in spans) >= 23 * 3600


def without_night(spans: Sequence[Span], midnight: Utc, now: Utc) -> Iterator[Span]:
    """Yield a day's opening hours without the rest of the night before it.

    A night that isn't over begins now.
    """
    for start, end in spans:
        if start <= midnight:
            start = now if start <= now < end else midnight + timedelta(hours=DEFAULT_HOURS[0])
        if start < end:
            yield Utc.of(start), end

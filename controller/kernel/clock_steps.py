"""Detects that the wall clock was moved, by comparing it with the monotonic clock."""

from collections.abc import Callable
from datetime import timedelta

from controller.domain.time import Utc

STEP = timedelta(hours=1)
"""A smaller change is the correction of a drifting clock; daylight saving time does not change
UTC."""
SETTLE_S = 900.0
"""Seconds to wait after a clock step; agents report their time every minute, so that the date can
be checked by then."""


class ClockSteps:
    """Detects steps of the wall clock by more than `STEP`; must be called every few seconds."""

    def __init__(self, clock: Callable[[], Utc], monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._last = (clock(), monotonic())
        self._stepped_s: float | None = None

    def are_settled(self) -> bool:
        """Return False for `SETTLE_S` after a step was seen."""
        (then, then_s), (now, now_s) = self._last, (self._clock(), self._monotonic())
        self._last = (now, now_s)
        if abs((now - then) - timedelta(seconds=now_s - then_s)) > STEP:
            self._stepped_s = now_s
        return self._stepped_s is None or now_s - self._stepped_s >= SETTLE_S

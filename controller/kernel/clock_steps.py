"""Notices that the wall clock was moved, by comparing it with the monotonic clock."""

from collections.abc import Callable
from datetime import timedelta

from controller.domain.time import Utc

STEP = timedelta(hours=1)
"""Less is the correction of a clock that drifts; no change of summer time moves UTC."""
SETTLE_S = 900.0
"""Seconds to wait after a clock step. Agents report their time every minute, and the date is
checked then."""


class ClockSteps:
    """Whether the wall clock has moved by more than `STEP` lately. Ask it every few seconds."""

    def __init__(self, clock: Callable[[], Utc], monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._last = (clock(), monotonic())
        self._stepped_s: float | None = None

    def are_settled(self) -> bool:
        """False from the moment a step is seen, for `SETTLE_S`."""
        (then, then_s), (now, now_s) = self._last, (self._clock(), self._monotonic())
        self._last = (now, now_s)
        if abs((now - then) - timedelta(seconds=now_s - then_s)) > STEP:
            self._stepped_s = now_s
        return self._stepped_s is None or now_s - self._stepped_s >= SETTLE_S

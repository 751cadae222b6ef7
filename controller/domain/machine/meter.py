"""Decide whether a job runs, from a meter with hysteresis and other sources. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan


@dataclass(frozen=True, slots=True, kw_only=True)
class Hysteresis:
    """Two thresholds in the meter's unit (W or A): running from `on`, idle only below `off`."""

    on: float
    off: float

    def __post_init__(self) -> None:
        if not 0 <= self.off <= self.on:
            raise ValueError(f"off ({self.off}) must lie between 0 and on ({self.on})")

    def judge(self, value: float | None, was: bool | None) -> bool | None:
        """Whether a job runs at that reading; None, no reading, is unknown.

        Between the thresholds the answer stays as it was; if there was none, it is running.
        """
        if value is None or isnan(value):
            return None
        if value >= self.on:
            return True
        if value < self.off:
            return False
        return was is not False


def combine(sources: Iterable[bool | None]) -> bool | None:
    """Combine several sources into one answer: idle only if all say so; None (unknown) beats idle.

    No source at all is False: a machine without a meter is armed, never running.
    """
    answers = tuple(sources)
    if True in answers:
        return True
    return None if None in answers else False

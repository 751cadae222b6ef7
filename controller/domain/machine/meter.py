"""Pure functions that decide whether a job is running, from a meter with hysteresis and other
sources."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan


@dataclass(frozen=True, slots=True, kw_only=True)
class Hysteresis:
    """Two thresholds in the meter's unit (W or A): a job runs from `on` upwards and stops below
    `off`."""

    on: float
    off: float

    def __post_init__(self) -> None:
        if not 0 <= self.off <= self.on:
            raise ValueError(f"off ({self.off}) must lie between 0 and on ({self.on})")

    def judge(self, value: float | None, was_running: bool | None) -> bool | None:
        """Return whether a job is running at that reading; None (unknown) without a reading.

        Between the thresholds the previous answer (`was_running`) is kept; an unknown one counts as
        running.
        """
        if value is None or isnan(value):
            return None
        if value >= self.on:
            return True
        if value < self.off:
            return False
        return was_running is not False


def combine(sources: Iterable[bool | None]) -> bool | None:
    """Combine several sources: True if any is True, else None if any is unknown, else False.

    Without sources the answer is False: a machine without a meter is armed, never running.
    """
    answers = tuple(sources)
    if True in answers:
        return True
    return None if None in answers else False

"""How long a microcontroller may say nothing before it is taken for gone.

Times are `time.monotonic()` in seconds.
"""

LOST_S = 0.6
"""Silence after which nothing is known any more."""
FIRST_S = 2.5
"""The same for the first word: opening a port resets an Arduino, whose boot loader then waits."""


class Silence:
    """Since when nothing was heard, and whether that is too long."""

    def __init__(self, now_s: float) -> None:
        self._from_s, self._patience_s = now_s, FIRST_S

    def broken(self, at_s: float) -> None:
        """Something was heard: from now on it answers quickly, or is gone."""
        self._from_s, self._patience_s = at_s, LOST_S

    def too_long_s(self, now_s: float) -> float | None:
        """How long it has lasted, if that is too long."""
        lasted_s = now_s - self._from_s
        return lasted_s if lasted_s > self._patience_s else None

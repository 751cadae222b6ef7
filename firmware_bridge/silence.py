"""Decide when a silent microcontroller counts as lost.

Times are `time.monotonic()` in seconds.
"""

SILENCE_LIMIT_S = 0.6
"""Limit once something has been received."""
FIRST_SILENCE_LIMIT_S = 2.5
"""Limit before the first answer: opening a port resets an Arduino."""


class Silence:
    """Measures how long nothing has been received, and whether that is too long."""

    def __init__(self, now_s: float) -> None:
        self._silent_since_s, self._limit_s = now_s, FIRST_SILENCE_LIMIT_S

    def note_message(self, at_s: float) -> None:
        """Restart the time because something was received; the shorter limit applies now."""
        self._silent_since_s, self._limit_s = at_s, SILENCE_LIMIT_S

    def too_long_s(self, now_s: float) -> float | None:
        """Return how long the silence has lasted if that is too long, otherwise None."""
        lasted_s = now_s - self._silent_since_s
        return lasted_s if lasted_s > self._limit_s else None

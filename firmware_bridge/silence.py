"""How long a microcontroller may stay silent before it counts as gone.

Times are `time.monotonic()` in seconds.
"""

LOST_S = 0.6
"""After this much silence, the microcontroller counts as gone."""
FIRST_S = 2.5
"""The same before anything was heard: opening a port resets an Arduino; its boot loader waits."""


class Silence:
    """Measures how long nothing has been heard, and whether that is too long."""

    def __init__(self, now_s: float) -> None:
        self._from_s, self._patience_s = now_s, FIRST_S

    def heard(self, at_s: float) -> None:
        """Something was heard: the silence starts again, with the shorter limit."""
        self._from_s, self._patience_s = at_s, LOST_S

    def too_long_s(self, now_s: float) -> float | None:
        """How long it has lasted, if that is too long."""
        lasted_s = now_s - self._from_s
        return lasted_s if lasted_s > self._patience_s else None

"""A machine's power draw, reported in steps so that a fluctuating load causes no messages."""

from math import isnan

STEP_W = 10.0
STEP = 0.2
"""Smallest change to report: `STEP_W`, or this share of the last value if that is more."""
EVERY_S = 10.0
"""How often at most: each is a message to every open page."""
LEAST_W = 10.0
"""Less is what a display or a charger draws at rest."""


class PowerDraw:
    """Used on the loop's thread."""

    def __init__(self) -> None:
        self.watts: int | None = None
        """The last reported value; None: no draw, or unknown."""
        self._next_s = float("-inf")

    def read(self, watts: float | None, mono_s: float) -> None:
        """A meter's new reading."""
        new = None if watts is None or isnan(watts) or watts < LEAST_W else round_watts(watts)
        if mono_s < self._next_s or not self._differs(new):
            return
        self.watts, self._next_s = new, mono_s + EVERY_S

    def _differs(self, new: int | None) -> bool:
        if new is None or self.watts is None:
            return new != self.watts
        return abs(new - self.watts) >= max(STEP_W, STEP * self.watts)


def round_watts(watts: float) -> int:
    """To two digits: 1387 is 1400."""
    whole = round(watts)
    return round(whole, 2 - len(str(whole)))

"""What a machine draws, told in steps: a load that wavers is no news."""

from math import isnan

STEP_W = 10.0
STEP = 0.2
"""The least that is told: so many watts, or so much of what was told last."""
EVERY_S = 10.0
"""How often at most: each is a message to every open page."""
LEAST_W = 10.0
"""Less is what a display or a charger draws at rest."""


class Drawn:
    """Used on the loop's thread."""

    def __init__(self) -> None:
        self.watts: int | None = None
        """As it was told last; None: nothing is drawn, or it is not known."""
        self._next_s = float("-inf")

    def read(self, watts: float | None, mono_s: float) -> None:
        """A meter's new reading."""
        new = None if watts is None or isnan(watts) or watts < LEAST_W else rounded(watts)
        if mono_s < self._next_s or not self._differs(new):
            return
        self.watts, self._next_s = new, mono_s + EVERY_S

    def _differs(self, new: int | None) -> bool:
        if new is None or self.watts is None:
            return new != self.watts
        return abs(new - self.watts) >= max(STEP_W, STEP * self.watts)


def rounded(watts: float) -> int:
    """To two digits: 1387 is 1400."""
    whole = round(watts)
    return round(whole, 2 - len(str(whole)))

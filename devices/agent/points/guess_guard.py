"""Slows a reader at which unknown badges are tried one after the other, and says so once."""

from collections import deque

UNKNOWN_TAPS = 10
WITHIN_S = 60.0
PAUSE_S = 3.0
FAULT = "badge_guessing"


class GuessGuard:
    """Ten unknown badges in a minute: from then on that reader takes one every three seconds."""

    def __init__(self) -> None:
        self._unknown: deque[float] = deque(maxlen=UNKNOWN_TAPS)
        self._pause_until = float("-inf")
        self.alarmed = False

    def ignores(self, mono_s: float) -> bool:
        """Whether a tap at that time is not even looked up."""
        return mono_s < self._pause_until

    def known(self, mono_s: float) -> bool:
        """A badge was known. Returns whether the alarm is over: a minute without guessing."""
        over = self.alarmed and bool(self._unknown) and mono_s - self._unknown[-1] > WITHIN_S
        self.alarmed = self.alarmed and not over
        return over

    def unknown(self, mono_s: float) -> bool:
        """A badge was unknown. Returns whether to raise the alarm, which is done once."""
        self._unknown.append(mono_s)
        if len(self._unknown) < UNKNOWN_TAPS or mono_s - self._unknown[0] > WITHIN_S:
            return False
        self._pause_until = mono_s + PAUSE_S
        first, self.alarmed = not self.alarmed, True
        return first

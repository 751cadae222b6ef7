"""Slows down a reader at which one unknown badge after the other is tried, and reports it."""

from collections import deque

UNKNOWN_TAPS = 10
WITHIN_S = 60.0
PAUSE_S = 3.0
FAULT = "badge_guessing"


class GuessGuard:
    """After ten unknown badges within a minute, the reader accepts only one tap every three
    seconds."""

    def __init__(self) -> None:
        self._unknown: deque[float] = deque(maxlen=UNKNOWN_TAPS)
        self._pause_until = float("-inf")
        self.alarmed = False

    def ignores(self, mono_s: float) -> bool:
        """Return whether a tap at that time is ignored."""
        return mono_s < self._pause_until

    def note_known(self, mono_s: float) -> bool:
        """Note a known badge.

        Returns True if this ends the alarm: a minute has passed without guessing.
        """
        over = self.alarmed and bool(self._unknown) and mono_s - self._unknown[-1] > WITHIN_S
        self.alarmed = self.alarmed and not over
        return over

    def unknown(self, mono_s: float) -> bool:
        """Note an unknown badge. Returns True if the alarm must be raised, once."""
        self._unknown.append(mono_s)
        if len(self._unknown) < UNKNOWN_TAPS or mono_s - self._unknown[0] > WITHIN_S:
            return False
        self._pause_until = mono_s + PAUSE_S
        first, self.alarmed = not self.alarmed, True
        return first

"""Computes when an event happened, for agents whose clock was not trusted at the time."""

from dataclasses import dataclass
from datetime import timedelta

from controller.domain.time import Utc

LATE_S = 30
"""An event that reaches the hub more than this many seconds after it happened is late."""

AHEAD = timedelta(minutes=5)
"""How far an event's time may be ahead of its arrival; beyond this the agent's clock is wrong."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment of a boot for which both the wall clock and the monotonic clock are known."""

    mono_ms: int
    at: Utc

    def earlier(self, other: "Anchor | None") -> "Anchor":
        """Return the anchor to use for the boot, independent of their order."""
        if other is None:
            return self
        return min(self, other, key=lambda anchor: (anchor.mono_ms, anchor.at))


def true_time(at: Utc, trusted: bool, mono_ms: int, anchor: Anchor | None) -> Utc | None:
    """Return `at` if the clock was trusted, else the time computed from the boot's anchor.

    None: not known (yet).
    """
    if trusted:
        return at
    if anchor is None:
        return None
    try:
        return Utc.of(anchor.at - timedelta(milliseconds=anchor.mono_ms - mono_ms))
    except OverflowError:  # an absurd monotonic time leads beyond the calendar
        return None


def is_ahead(at: Utc, received_at: Utc) -> bool:
    """Return whether an event's time is so far after its arrival that it can't be right."""
    return at - received_at > AHEAD


def is_late(happened: Utc | None, received_at: Utc) -> bool:
    """Return whether an event arrived over 30 s late; an unknown time counts as late."""
    return happened is None or received_at - happened > timedelta(seconds=LATE_S)

"""When an event really happened, for agents whose clock could not be trusted at the time."""

from dataclasses import dataclass
from datetime import timedelta

from controller.domain.time import Utc

LATE_S = 30
"""An event that reaches the hub more than this many seconds after it happened is late."""

AHEAD = timedelta(minutes=5)
"""An event can't have happened later than it arrives: with more than this, its clock is wrong."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment of a boot at which wall clock and monotonic clock were both known."""

    mono_ms: int
    at: Utc

    def earlier(self, other: "Anchor | None") -> "Anchor":
        """The one of both that counts for the boot: the same in whatever order they come."""
        if other is None:
            return self
        return min(self, other, key=lambda anchor: (anchor.mono_ms, anchor.at))


def true_time(at: Utc, trusted: bool, mono_ms: int, anchor: Anchor | None) -> Utc | None:
    """`at` if the clock was trusted, else from the boot's anchor, else None: not known (yet)."""
    if trusted:
        return at
    if anchor is None:
        return None
    try:
        return Utc.of(anchor.at - timedelta(milliseconds=anchor.mono_ms - mono_ms))
    except OverflowError:  # an absurd monotonic time leads beyond the calendar
        return None


def is_ahead(at: Utc, received_at: Utc) -> bool:
    """Whether an event would have happened minutes after it arrived: its time is not known then."""
    return at - received_at > AHEAD


def is_late(happened: Utc | None, received_at: Utc) -> bool:
    """Whether it came more than 30 s after it happened; what has no known time is late too."""
    return happened is None or received_at - happened > timedelta(seconds=LATE_S)

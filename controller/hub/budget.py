"""How much each agent may have a hub do: much at once, as after a week offline, and little for
long."""

import time
from collections.abc import Callable
from dataclasses import dataclass

LEAST_BYTES = 4096
"""Bytes that a small message counts for at least, since each costs a signature check and some
SQL."""
_MOST_SENDERS = 10_000


@dataclass(frozen=True, slots=True)
class Budget:
    """A token bucket: a burst size in bytes, and a sustained rate in bytes per second."""

    at_once: int
    each_s: int


EVENTS = Budget(64 << 20, 16 << 10)
"""At once a journal of some 180,000 events, for ever 45 events a second: a tap makes three."""
STATES = Budget(8 << 20, 64 << 10)
"""At once 2,000 messages, for ever 16 a second."""
SYNCS = Budget(4 << 20, 128 << 10)
"""At once 1,000 requests for a page of the policy, for ever 32 a second."""


class Budgets:
    """The remaining budget of each sender. Not thread-safe."""

    def __init__(self, budget: Budget, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget
        self._monotonic = monotonic
        self._left: dict[str, tuple[float, float]] = {}
        """Bytes, and when that was."""

    def spend(self, sender: str, size: int) -> bool:
        """Take a message's size off what is left to its sender; False when it is too much."""
        now = self._monotonic()
        left, then = self._left.get(sender, (self._budget.at_once, now))
        left = min(self._budget.at_once, left + (now - then) * self._budget.each_s)
        size = max(size, LEAST_BYTES)
        if size > left:
            self._left[sender] = (left, now)
            return False
        # Names come from outside, through the broker's access list: they must not pile up.
        if len(self._left) > _MOST_SENDERS:
            self._left.clear()
        self._left[sender] = (left - size, now)
        return True

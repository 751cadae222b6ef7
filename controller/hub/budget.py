"""How many bytes each agent may have a hub handle: a large burst, but a low rate."""

import time
from collections.abc import Callable
from dataclasses import dataclass

MIN_BYTES = 4096
"""Bytes that a message counts for at least: each costs a signature check and some SQL."""
_MAX_SENDERS = 10_000
"""How many senders are remembered; beyond that all budgets start anew."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A token bucket: a burst size in bytes, and a sustained rate in bytes per second."""

    burst_bytes: int
    bytes_per_s: int


EVENTS = Budget(64 << 20, 16 << 10)
"""For events.

Burst: a journal of some 180,000 events; rate: 45 events a second. A tap makes three.
"""
STATES = Budget(8 << 20, 64 << 10)
"""For states. Burst: 2,000 messages; rate: 16 a second."""
SYNCS = Budget(4 << 20, 128 << 10)
"""For policy synchronisation. Burst: 1,000 page requests; rate: 32 a second."""


class Budgets:
    """The remaining budget of each sender. Not thread-safe."""

    def __init__(self, budget: Budget, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget
        self._monotonic = monotonic
        self._left: dict[str, tuple[float, float]] = {}
        """By sender: the bytes left, and at what monotonic time."""

    def spend(self, sender: str, size: int) -> bool:
        """Subtract a message's size from the budget; return False if too little is left."""
        now = self._monotonic()
        left_bytes, updated_s = self._left.get(sender, (self._budget.burst_bytes, now))
        left_bytes = min(
            self._budget.burst_bytes, left_bytes + (now - updated_s) * self._budget.bytes_per_s
        )
        size = max(size, MIN_BYTES)
        if size > left_bytes:
            self._left[sender] = (left_bytes, now)
            return False
        # Sender names come from outside, through the broker's access list: they must not pile up.
        if len(self._left) > _MAX_SENDERS:
            self._left.clear()
        self._left[sender] = (left_bytes - size, now)
        return True

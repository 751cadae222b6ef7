"""Which events of a stream were sent but not acknowledged, and when to send each batch again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

BATCH_EVENTS = 100
BATCHES_IN_FLIGHT = 4
RETRY_S = 10.0
RETRY_MAX_S = 300.0


@dataclass(slots=True)
class Batch:
    """Sequence numbers from first to last, sent and not fully acknowledged."""

    first: int
    last: int
    resend_at_s: float
    delay_s: float
    sent_at_s: float
    undelivered: bool = False
    """Whether the broker reported that it has no subscriber."""
    pending: set[int] = field(default_factory=set)
    """Its numbers that are not acknowledged yet."""


class Outbox:
    """The state of the batches in flight; `now` is monotonic seconds.

    Retries: after 10 s ± half, doubling to 5 minutes.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._batches: list[Batch] = []
        self.sent_to = 0
        """Highest sequence number sent so far."""

    def has_capacity(self) -> bool:
        """Return whether another batch may be sent."""
        return len(self._batches) < BATCHES_IN_FLIGHT

    def note_sent(self, seqs: list[int], now: float) -> None:
        """Note a new batch that was just sent."""
        due = now + self._jittered(RETRY_S)
        batch = Batch(seqs[0], seqs[-1], due, RETRY_S, sent_at_s=now, pending=set(seqs))
        self._batches.append(batch)
        self.sent_to = max(self.sent_to, batch.last)

    def ahead(self) -> set[int]:
        """Return the numbers in flight above `sent_to`: those sent before a hub was restored."""
        return {seq for batch in self._batches for seq in batch.pending if seq > self.sent_to}

    def resume(self) -> None:
        """Start again with everything that is unacknowledged and not in flight."""
        self.sent_to = 0

    def due(self, now: float) -> list[Batch]:
        """Return the batches to send again now; the delay of each doubles."""
        late = [batch for batch in self._batches if batch.resend_at_s <= now]
        for batch in late:
            batch.delay_s = min(batch.delay_s * 2, RETRY_MAX_S)
            batch.resend_at_s = now + self._jittered(batch.delay_s)
            batch.sent_at_s, batch.undelivered = now, False
        return late

    def next_due(self) -> float | None:
        """Return the monotonic time of the next retry, or None."""
        return min((batch.resend_at_s for batch in self._batches), default=None)

    def hurry(self, now: float) -> None:
        """Make all batches due at once, as after a reconnection."""
        for batch in self._batches:
            batch.resend_at_s, batch.delay_s = now, RETRY_S / 2

    def no_subscriber(self) -> None:
        """Note that the batches in flight reached no hub."""
        for batch in self._batches:
            batch.undelivered = True

    def hub_seen(self, now: float) -> None:
        """Make batches due that reached no hub or have waited long for an acknowledgement.

        Not the others, so that a hub that is just slow does not get more work.
        """
        for batch in self._batches:
            if batch.undelivered or now - batch.sent_at_s >= RETRY_S / 2:
                batch.resend_at_s = now

    def acknowledge(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Remove acknowledged numbers; a batch without any left makes room for another."""
        for first, last in ranges:
            for batch in self._batches:
                if first <= batch.last and last >= batch.first:
                    batch.pending = {seq for seq in batch.pending if not first <= seq <= last}
        self._batches = [batch for batch in self._batches if batch.pending]

    def _jittered(self, delay_s: float) -> float:
        return delay_s * self._random.uniform(0.5, 1.5)

"""Which events of a stream are on their way, and when each batch is to be offered again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

BATCH_EVENTS = 100
BATCHES_IN_FLIGHT = 4
RETRY_S = 10.0
RETRY_MAX_S = 300.0


@dataclass(slots=True)
class Batch:
    """Sequence numbers first to last, offered and not wholly acknowledged."""

    first: int
    last: int
    due: float
    delay_s: float
    offered: float
    """When it was offered last."""
    undelivered: bool = False
    """Whether the broker said that nobody heard it."""
    open: set[int] = field(default_factory=set)
    """Numbers of it that are still unacknowledged."""


class Outbox:
    """Pure state; `now` is monotonic seconds. Retries: 10 s ± half, doubling to 5 minutes."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._batches: list[Batch] = []
        self.sent_to = 0
        """Highest sequence number offered so far."""

    def room(self) -> bool:
        """Whether one more batch may be on its way."""
        return len(self._batches) < BATCHES_IN_FLIGHT

    def sent(self, seqs: list[int], now: float) -> None:
        """Note a new batch that has just been offered."""
        due = now + self._spread(RETRY_S)
        batch = Batch(seqs[0], seqs[-1], due, RETRY_S, offered=now, open=set(seqs))
        self._batches.append(batch)
        self.sent_to = max(self.sent_to, batch.last)

    def ahead(self) -> set[int]:
        """Numbers on their way that are above `sent_to`: offered before a hub had to be resumed."""
        return {seq for batch in self._batches for seq in batch.open if seq > self.sent_to}

    def resume(self) -> None:
        """Begin anew, with whatever is unacknowledged and not on its way."""
        self.sent_to = 0

    def due(self, now: float) -> list[Batch]:
        """Batches to offer again now; each is due again after twice as long."""
        late = [batch for batch in self._batches if batch.due <= now]
        for batch in late:
            batch.delay_s = min(batch.delay_s * 2, RETRY_MAX_S)
            batch.due = now + self._spread(batch.delay_s)
            batch.offered, batch.undelivered = now, False
        return late

    def next_due(self) -> float | None:
        """Monotonic time of the next retry."""
        return min((batch.due for batch in self._batches), default=None)

    def hurry(self, now: float) -> None:
        """Offer everything again at once, as after a reconnection."""
        for batch in self._batches:
            batch.due, batch.delay_s = now, RETRY_S / 2

    def nobody_heard(self) -> None:
        """Note that no hub is there: what is on its way reached nobody."""
        for batch in self._batches:
            batch.undelivered = True

    def hub_is_there(self, now: float) -> None:
        """Offer again at once what reached nobody, and what a hub has left unanswered for long.

        Not the rest: a hub that is merely slow must not be given more to do.
        """
        for batch in self._batches:
            if batch.undelivered or now - batch.offered >= RETRY_S / 2:
                batch.due = now

    def acknowledged(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Take acknowledged numbers out; a batch with none left makes room."""
        for first, last in ranges:
            for batch in self._batches:
                if first <= batch.last and last >= batch.first:
                    batch.open = {seq for seq in batch.open if not first <= seq <= last}
        self._batches = [batch for batch in self._batches if batch.open]

    def _spread(self, delay_s: float) -> float:
        return delay_s * self._random.uniform(0.5, 1.5)

"""One stream of the journal: adds events to its chain, and sends batches to the hub."""

from collections.abc import Callable, Sequence
from random import Random

from msgspec import Raw

from controller.wire.events import Event
from controller.wire.journal_bytes import event_hash, seal
from controller.wire.messages import EventAck
from controller.wire.received_numbers import Ranges, ReceivedNumbers
from devices.agent.journal.file import JournalFile
from devices.agent.journal.outbox import BATCH_EVENTS, Outbox

BATCH_BYTES = 200 * 1024
"""Limit for the events of a batch; a payload may have 256 KiB."""

Publish = Callable[[str, tuple[Raw, ...]], None]
"""Publishes events (their exact bytes) of the stream with this id."""


class Stream:
    """A journal file with its batches in flight. Only the journal's thread uses it."""

    def __init__(self, file: JournalFile, random: Random) -> None:
        self.file = file
        self.outbox = Outbox(random)

    @property
    def id(self) -> str:
        return self.file.stream

    @property
    def backlog(self) -> int:
        """How many events are not acknowledged yet."""
        return self.file.count()

    def append(self, events: Sequence[Event], boot: str) -> None:
        """Add events to the chain, and commit them with one sync. Raises sqlite3.Error."""
        seq, last = self.file.last_seq, self.file.last_hash
        sealed: list[tuple[int, str, bytes]] = []
        for event in events:
            seq += 1
            data = seal(event, seq, last)
            last = event_hash(data)
            sealed.append((seq, last, data))
        self.file.append(sealed, boot)

    def send(self, offer: Publish, now: float) -> None:
        """Send again what is due, then new batches while there is room."""
        for batch in self.outbox.due(now):
            rows = [
                row for row in self.file.within(batch.first, batch.last) if row[0] in batch.pending
            ]
            for part in split(rows):
                offer(self.id, tuple(Raw(data) for _, data in part))
        while self.outbox.has_capacity():
            batches = split(self._next_events())
            if not batches:
                return
            self.outbox.note_sent([seq for seq, _ in batches[0]], now)
            offer(self.id, tuple(Raw(data) for _, data in batches[0]))

    def _next_events(self) -> list[tuple[int, bytes]]:
        ahead = self.outbox.ahead()
        rows = self.file.after(self.outbox.sent_to, BATCH_EVENTS + len(ahead))
        return [row for row in rows if row[0] not in ahead][:BATCH_EVENTS]

    def acknowledge(self, ack: EventAck) -> None:
        """Note what the hub has committed. Raises sqlite3.Error; then it is sent again."""
        ranges = [(1, ack.through), *ack.also]
        self.outbox.acknowledge(ranges)
        self.file.acknowledge(ranges)

    def resume(self, ack: EventAck) -> Ranges:
        """Send again what a restored hub lacks; return the ranges that are lost here too."""
        self.acknowledge(ack)
        received = ReceivedNumbers(ack.through, ack.also)
        before = self.file.acknowledged
        lost = self.file.resume(received)
        if self.file.acknowledged != before:
            self.outbox.resume()
        return lost

    def is_old_copy(self, ack: EventAck) -> bool:
        """Return whether the hub has numbers that this file never used, so that the file must be an
        old copy."""
        return max([ack.through, *(last for _, last in ack.also)]) > self.file.last_seq


def split(rows: Sequence[tuple[int, bytes]]) -> list[list[tuple[int, bytes]]]:
    """Split rows into batches by bytes; a single event is never split."""
    parts: list[list[tuple[int, bytes]]] = []
    size = BATCH_BYTES
    for row in rows:
        size += len(row[1])
        if size > BATCH_BYTES or not parts:
            parts.append([])
            size = len(row[1])
        parts[-1].append(row)
    return parts

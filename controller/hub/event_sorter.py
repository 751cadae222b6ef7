"""Sorts the events of one stream into new ones, known ones, and ones for quarantine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from controller.hub.intake import NO_NUMBER, Batch, Item
from controller.hub.streams import StoredEvent, Stream
from controller.kernel.journal import FORK
from controller.wire.events import Event

DUPLICATE_EVENT = "another event has this event_id"
QUARANTINE_FULL = "taken before, and not kept: the agent's quarantine is full"


class NewEvent(Struct, frozen=True, gc=False):
    """An event to be stored."""

    batch: Batch
    item: Item
    event: Event


@dataclass(slots=True)
class SortedEvents:
    """What to do with the events of one stream in a transaction."""

    stream: Stream
    new: dict[int, NewEvent] = field(default_factory=dict)
    """Events to store, by sequence number."""
    quarantined: list[tuple[Batch, Item, str]] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    """By sequence number, the reasons for rejection."""
    numbers: set[int] = field(default_factory=set)
    """Sequence numbers that this transaction adds to the received ones."""
    hashes: dict[int, str] = field(default_factory=dict)
    """By sequence number, the hashes of these events, quarantined or not."""
    links: dict[int, str] = field(default_factory=dict)
    """By sequence number, the `prev_hash` of these events, where they have one."""
    duplicates: dict[int, str] = field(default_factory=dict)
    """By sequence number, the hashes of events stored from another stream of the agent."""
    fork: bool = False
    """Whether the agent sent two different events with one number."""

    def quarantine(self, batch: Batch, item: Item, reason: str) -> None:
        """Quarantine an event; if it has a number, that counts as received."""
        self.quarantined.append((batch, item, reason))
        if item.seq != NO_NUMBER:
            self.rejected[item.seq] = reason

    def withdraw(self, seq: int, reason: str) -> None:
        """Quarantine an event that was going to be stored."""
        new_event = self.new.pop(seq)
        self.quarantine(new_event.batch, new_event.item, reason)

    def mark_duplicate(self, seq: int) -> None:
        """Mark a number as received whose event is already stored from another stream."""
        self.duplicates[seq] = self.new.pop(seq).item.hash


def sort_stream(
    stream: Stream, batches: Iterable[Batch], known: Mapping[int, StoredEvent]
) -> SortedEvents:
    """Sort the events; `known`: the stored events by number, for numbers that were received
    before."""
    result = SortedEvents(stream)
    repeated: list[tuple[Batch, Item]] = []
    for batch in batches:
        for item in batch.items:
            if item.seq == NO_NUMBER:
                result.quarantine(batch, item, item.problem or "no number")
            elif item.seq in stream.received or item.seq in result.numbers:
                repeated.append((batch, item))
            else:
                _add_new(result, batch, item)
    for batch, item in repeated:
        _compare(result, batch, item, known.get(item.seq))
    return result


def _add_new(result: SortedEvents, batch: Batch, item: Item) -> None:
    result.numbers.add(item.seq)
    result.hashes[item.seq] = item.hash
    if item.prev_hash is not None:
        result.links[item.seq] = item.prev_hash
    if item.event is not None:
        result.new[item.seq] = NewEvent(batch, item, item.event)
    else:
        result.quarantine(batch, item, item.problem or "can't be read")


def _compare(result: SortedEvents, batch: Batch, item: Item, stored: StoredEvent | None) -> None:
    """Compare an event with the earlier one of its number.

    Identical bytes are acknowledged again; different ones are quarantined, since the stream has
    forked.
    """
    stored_hash = result.hashes.get(item.seq) or (stored.hash if stored else None)
    if item.hash == stored_hash:
        return
    if stored_hash is None and (stored is None or not stored.quarantined):
        result.rejected[item.seq] = QUARANTINE_FULL
        return
    reason = stored.quarantined.get(item.hash) if stored else None
    if reason is None:
        result.quarantine(batch, item, FORK)
    else:
        result.rejected[item.seq] = reason
    result.fork |= reason in (None, FORK)

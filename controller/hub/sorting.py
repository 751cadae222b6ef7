"""Sort the events of one stream into new ones, ones seen before, and ones to put aside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from controller.hub.intake import NO_NUMBER, Batch, Item
from controller.hub.streams import Known, Stream
from controller.kernel.journal import FORK
from controller.wire.events import Event

TWICE = "another event has this event_id"
NOT_KEPT = "taken before, and not kept: the agent's quarantine is full"


class Fresh(Struct, frozen=True, gc=False):
    """An event to be stored."""

    batch: Batch
    item: Item
    event: Event


@dataclass(slots=True)
class Sorted:
    """What a transaction does with the events of one stream."""

    stream: Stream
    new: dict[int, Fresh] = field(default_factory=dict)
    """To be stored, by number."""
    aside: list[tuple[Batch, Item, str]] = field(default_factory=list)
    """To be quarantined, with the reason."""
    rejected: dict[int, str] = field(default_factory=dict)
    """What the acknowledgement lists, now and when it is offered again."""
    numbers: set[int] = field(default_factory=set)
    """Numbers that this transaction takes."""
    hashes: dict[int, str] = field(default_factory=dict)
    """Hash of what it takes under each number, quarantined or not."""
    links: dict[int, str] = field(default_factory=dict)
    """The `prev_hash` of each of these, where it has one."""
    again: dict[int, str] = field(default_factory=dict)
    """Hash of what the agent had told before, in another stream; its number counts as taken."""
    fork: bool = False

    def put_aside(self, batch: Batch, item: Item, reason: str) -> None:
        """Quarantine an event; its number, if it has one, counts as taken."""
        self.aside.append((batch, item, reason))
        if item.seq != NO_NUMBER:
            self.rejected[item.seq] = reason

    def withdraw(self, seq: int, reason: str) -> None:
        """Quarantine after all what was going to be stored."""
        fresh = self.new.pop(seq)
        self.put_aside(fresh.batch, fresh.item, reason)

    def told_before(self, seq: int) -> None:
        """Take a number without storing anew what is under it."""
        self.again[seq] = self.new.pop(seq).item.hash


def sort_stream(stream: Stream, batches: Iterable[Batch], known: Mapping[int, Known]) -> Sorted:
    """Sort; `known`: what is stored under the numbers that are committed already."""
    result = Sorted(stream)
    again: list[tuple[Batch, Item]] = []
    for batch in batches:
        for item in batch.items:
            if item.seq == NO_NUMBER:
                result.put_aside(batch, item, item.problem or "no number")
            elif item.seq in stream.received or item.seq in result.numbers:
                again.append((batch, item))
            else:
                _take(result, batch, item)
    for batch, item in again:
        _compare(result, batch, item, known.get(item.seq))
    return result


def _take(result: Sorted, batch: Batch, item: Item) -> None:
    result.numbers.add(item.seq)
    result.hashes[item.seq] = item.hash
    if item.prev_hash is not None:
        result.links[item.seq] = item.prev_hash
    if item.event is not None:
        result.new[item.seq] = Fresh(batch, item, item.event)
    else:
        result.put_aside(batch, item, item.problem or "can't be read")


def _compare(result: Sorted, batch: Batch, item: Item, stored: Known | None) -> None:
    """Same bytes: acknowledged again. Other bytes: quarantined, and the stream has forked."""
    taken = result.hashes.get(item.seq) or (stored.taken if stored else None)
    if item.hash == taken:
        return
    if taken is None and (stored is None or not stored.quarantined):
        result.rejected[item.seq] = NOT_KEPT
        return
    reason = stored.quarantined.get(item.hash) if stored else None
    if reason is None:
        result.put_aside(batch, item, FORK)
    else:
        result.rejected[item.seq] = reason
    result.fork |= reason in (None, FORK)

"""Splits an agent's batch into events that can be stored and events that can't."""

from msgspec import Struct
from msgspec.structs import replace

from controller.hub.directory import KnownAgent
from controller.wire.errors import WireError
from controller.wire.events import Event, WindowClosed, WindowOpened
from controller.wire.journal_bytes import decode_event, event_hash, peek
from controller.wire.messages import EventBatch

NO_NUMBER = 0
"""Number in quarantine of an event without a number; such an event can't be acknowledged."""


class Item(Struct, frozen=True, kw_only=True, gc=False):
    """One event of a batch; exactly one of `event` and `problem` is set."""

    seq: int
    raw: bytes
    hash: str
    prev_hash: str | None
    event: Event | None = None
    problem: str | None = None
    """Why it can't be stored; it goes to quarantine."""


class Batch(Struct, frozen=True, kw_only=True, gc=False):
    """The events of one stream from one message."""

    agent: KnownAgent
    stream: str
    boot_id: str
    sent_mono_ms: int
    items: tuple[Item, ...]


def split_batch(agent: KnownAgent, message: EventBatch) -> Batch:
    """Return the events of a batch, each validated separately."""
    return Batch(
        agent=agent,
        stream=message.stream,
        boot_id=message.boot_id,
        sent_mono_ms=message.sent_mono_ms,
        items=_fill_numbers([_read_item(agent, bytes(raw)) for raw in message.events]),
    )


def _fill_numbers(items: list[Item]) -> tuple[Item, ...]:
    """Fill in missing numbers from the hash chain; otherwise the agent would send those events for
    ever."""
    numbers = [item.seq for item in items]
    if NO_NUMBER not in numbers:
        return tuple(items)
    for index, item in enumerate(items):
        before = items[index - 1] if index > 0 else None
        after = items[index + 1] if index + 1 < len(items) else None
        if item.seq != NO_NUMBER:
            continue
        if after is not None and after.seq > 1 and after.prev_hash == item.hash:
            numbers[index] = after.seq - 1
        elif before is not None and numbers[index - 1] and item.prev_hash == before.hash:
            numbers[index] = numbers[index - 1] + 1
    return tuple(replace(item, seq=seq) for item, seq in zip(items, numbers, strict=True))


def _read_item(agent: KnownAgent, raw: bytes) -> Item:
    digest = event_hash(raw)
    try:
        sealed = decode_event(raw)
    except WireError as error:
        peeked = peek(raw)
        return Item(
            seq=peeked.seq or NO_NUMBER,
            raw=raw,
            hash=digest,
            prev_hash=peeked.prev_hash,
            problem=str(error)[:400],
        )
    problem = _foreign_subject(agent, sealed.event)
    return Item(
        seq=sealed.seq,
        raw=raw,
        hash=digest,
        prev_hash=sealed.prev_hash,
        event=None if problem else sealed.event,
        problem=problem,
    )


def _foreign_subject(agent: KnownAgent, event: Event) -> str | None:
    """Return why the event is about something that is not this agent's; None: it is not."""
    point = event.access_point
    if point is not None and point not in agent.points:
        return f"access point {point} is not this agent's"
    if isinstance(event, (WindowOpened, WindowClosed)) and event.zone not in agent.zones:
        return f"zone {event.zone} is not this agent's"
    return None

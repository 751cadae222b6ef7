"""Writes new events, thousands a second: packed, and as plain rows for the database driver."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from controller.domain.time import Utc
from controller.hub.event_sorter import NewEvent, SortedEvents
from controller.hub.timing import Boots, EventTime
from controller.kernel.journal import TYPES, EventRow, is_skewed, numbers_of
from controller.kernel.projections import StoredEvent, estimated_time
from controller.store.packed_event import head_of, id_numbers, pack
from controller.store.upsert import insert_new
from controller.wire.journal_bytes import event_hash, seal

COLUMNS = (
    "id_high",
    "id_low",
    "seq",
    "mono_ms",
    "at",
    "not_before",
    "not_after",
    "received_at",
    "stream_no",
    "site_no",
    "point_no",
    "boot_no",
    "type",
    "late",
    "skewed",
    "hash",
    "prev_hash",
    "body",
)
_SEQ, _STREAM_NO = COLUMNS.index("seq"), COLUMNS.index("stream_no")
Row = tuple[int | bool | bytes | None, ...]
"""The values of `COLUMNS` for one event."""
Id = tuple[int, int]
"""An event id (UUIDv7) as two integers."""
_TYPE_NUMBER = {name: number for number, name in enumerate(TYPES)}
_AT_ONCE = 400
"""Ids per query."""


class DatedEvent(Struct, frozen=True, gc=False):
    """A new event with its computed time."""

    sorted: SortedEvents
    new_event: NewEvent
    when: EventTime


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The events that were stored, and those that were not because their id exists already."""

    stored: list[StoredEvent]
    conflicting: list[tuple[SortedEvents, int]]
    """Stream and number of events whose id belongs to a different event."""
    duplicates: list[tuple[SortedEvents, int]]
    """Stream and number of events that the same agent has sent before under another number."""


def write_events(db: Session, events: Sequence[DatedEvent], boots: Boots, now: Utc) -> WriteResult:
    """Insert the events; harmless when repeated after a rollback. Raises DBAPIError."""
    names = numbers_of(db, _names(events))
    received = now.millis()
    rows = [_row(event, boots, names, received) for event in events]
    left_out: dict[int, bool] = {}
    if insert_new(db, EventRow, COLUMNS, rows) != len(rows):
        left_out = _not_inserted(db, events, rows)
    numbers = {
        index: (events[index].sorted, events[index].new_event.item.seq)
        for index in sorted(left_out)
    }
    return WriteResult(
        [_stored_event(event, now) for index, event in enumerate(events) if index not in left_out],
        [number for index, number in numbers.items() if not left_out[index]],
        [number for index, number in numbers.items() if left_out[index]],
    )


def _names(events: Sequence[DatedEvent]) -> Iterator[str]:
    for event in events:
        yield event.new_event.batch.agent.site
        if event.new_event.event.access_point is not None:
            yield event.new_event.event.access_point


def _row(dated_event: DatedEvent, boots: Boots, names: Mapping[str, int], received: int) -> Row:
    batch, item, event = (
        dated_event.new_event.batch,
        dated_event.new_event.item,
        dated_event.new_event.event,
    )
    when, point = dated_event.when, event.access_point
    id_high, id_low = id_numbers(event.event_id)
    kind = str(event.__struct_config__.tag)
    prev_hash = item.prev_hash or ""
    # The body is stored without the head if the columns restore it: not after a time was estimated.
    head = b""
    if when.not_after is None:
        head = head_of(
            kind, item.seq, event.event_id, event.boot_id, event.mono_ms, event.at, point
        )
    return (
        id_high,
        id_low,
        item.seq,
        event.mono_ms,
        _millis(when.at),
        _millis(when.not_before),
        _millis(when.not_after),
        received,
        dated_event.sorted.stream.no,
        names[batch.agent.site],
        None if point is None else names[point],
        boots.numbers[batch.agent.id, event.boot_id],
        _TYPE_NUMBER[kind],
        when.arrived_late,
        is_skewed(id_high, when.at),
        bytes.fromhex(item.hash),
        bytes.fromhex(prev_hash),
        pack(item.raw, head, prev_hash),
    )


def _millis(moment: Utc | None) -> int | None:
    return None if moment is None else moment.millis()


def _not_inserted(
    db: Session, events: Sequence[DatedEvent], rows: Sequence[Row]
) -> dict[int, bool]:
    """Return, by index, the events that were not inserted; True: the same event is stored."""
    holders: dict[Id, EventRow] = {}
    key = tuple_(EventRow.id_high, EventRow.id_low)
    for start in range(0, len(rows), _AT_ONCE):
        ids = [row[:2] for row in rows[start : start + _AT_ONCE]]
        holders.update(((row.id_high, row.id_low), row) for row in _rows(db, key.in_(ids)))
    result = {}
    for index, (event, row) in enumerate(zip(events, rows, strict=True)):
        holder = holders[row[0], row[1]]  # type: ignore[index]  # ids are numbers
        if (holder.stream_no, holder.seq) != (row[_STREAM_NO], row[_SEQ]):
            result[index] = _is_same(event.new_event, holder)
    return result


def _rows(db: Session, condition: ColumnElement[bool]) -> Iterable[EventRow]:
    return db.scalars(select(EventRow).where(condition).execution_options(populate_existing=True))


def _is_same(new_event: NewEvent, holder: EventRow) -> bool:
    """Return whether the event equals the stored one, apart from its number and link."""
    sealed = seal(new_event.event, holder.seq, holder.prev_hash)
    return new_event.batch.agent.id == holder.agent_id and event_hash(sealed) == holder.hash


def _stored_event(event: DatedEvent, now: Utc) -> StoredEvent:
    batch, when = event.new_event.batch, event.when
    best_time = min(when.at or when.not_after or now, now)
    is_known = when.at is not None
    return StoredEvent(
        site=batch.agent.site,
        agent=batch.agent.id,
        stream=batch.stream,
        seq=event.new_event.item.seq,
        event=event.new_event.event,
        at=when.at,
        best_time=best_time,
        estimate=best_time
        if is_known
        else estimated_time(None, when.not_before, when.not_after, now),
        received_at=now,
        arrived_late=when.arrived_late,
    )

"""How far each stream has been received; read under a lock and written back."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, select, tuple_, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.journal import EventAgain, EventRow, Quarantine, StreamState
from controller.store.upsert import insert_missing
from controller.wire.journal_bytes import GENESIS
from controller.wire.received_numbers import Ranges, ReceivedNumbers

StreamKey = tuple[str, str]
"""Agent and stream."""


@dataclass(slots=True)
class Stream:
    """A stream's state as stored, and later as this transaction changes it."""

    no: int
    key: StreamKey
    received: ReceivedNumbers
    last_hash: str
    forked: bool


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """The stored hash for a sequence number, and those of quarantined copies."""

    hash: str | None
    """Hash of the event, or of one known from another stream; None: it went to quarantine."""
    quarantined: dict[str, str]


_AT_ONCE = 400
"""Sequence numbers per query."""


def lock_streams(db: Session, keys: Iterable[StreamKey], now: Utc) -> dict[StreamKey, Stream]:
    """Return the streams, creating new ones, locked against other hubs until the commit."""
    sorted_keys = sorted(set(keys))
    streams = {stream.key: stream for stream in _select(db, sorted_keys)}
    missing = [key for key in sorted_keys if key not in streams]
    if missing:
        insert_missing(db, StreamState, [_empty_row(key, now) for key in missing])
        streams.update((stream.key, stream) for stream in _select(db, missing))
    return streams


def received_numbers(db: Session, keys: Collection[StreamKey]) -> dict[StreamKey, ReceivedNumbers]:
    """Return the committed sequence numbers of each stream; an unknown stream has none."""
    columns = (StreamState.agent_id, StreamState.stream, StreamState.through, StreamState.also)
    is_key = tuple_(StreamState.agent_id, StreamState.stream).in_(keys)
    numbers = {
        (agent, stream): ReceivedNumbers(through, _as_ranges(also))
        for agent, stream, through, also in db.execute(select(*columns).where(is_key))
    }
    return {key: numbers.get(key, ReceivedNumbers()) for key in keys}


def save_streams(db: Session, streams: Iterable[Stream], now: Utc) -> None:
    """Write the streams back."""
    table = cast(Table, StreamState.__table__)
    statement = update(table).where(table.c.no == bindparam("stream_no"))
    rows = [
        {
            "stream_no": stream.no,
            "through": stream.received.through,
            "also": [list(span) for span in stream.received.also],
            "last_hash": stream.last_hash,
            "forked": stream.forked,
            "updated_at": now,
        }
        for stream in sorted(streams, key=lambda stream: stream.key)
    ]
    if rows:
        db.connection().execute(statement, rows)


def stored_events(
    db: Session, numbers_of: Iterable[tuple[Stream, Iterable[int]]]
) -> dict[StreamKey, dict[int, StoredEvent]]:
    """Return what is stored under these numbers, with a few queries for any number of streams.

    After slow acknowledgements a thousand agents may send again what is stored already.
    """
    sorted_numbers = [(stream, sorted(set(seqs))) for stream, seqs in numbers_of]
    keys = {stream.no: stream.key for stream, _ in sorted_numbers}
    numbers = [(stream.no, seq) for stream, seqs in sorted_numbers for seq in seqs]
    hashes: dict[tuple[StreamKey, int], str] = {}
    reasons: dict[tuple[StreamKey, int], dict[str, str]] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        chunk = numbers[start : start + _AT_ONCE]
        for no, seq, digest in _event_hashes(db, chunk):
            hashes[keys[no], seq] = digest
        for key, seq, digest, reason in _quarantined(db, [(*keys[no], seq) for no, seq in chunk]):
            reasons.setdefault((key, seq), {})[digest] = reason
    return {
        stream.key: {
            seq: StoredEvent(hashes.get((stream.key, seq)), reasons.get((stream.key, seq), {}))
            for seq in seqs
        }
        for stream, seqs in sorted_numbers
    }


def _event_hashes(db: Session, numbers: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Yield stream, number and hash of events, then of those known from another stream."""
    for table in (EventRow, EventAgain):
        columns = (table.stream_no, table.seq)
        query = select(*columns, table.hash).where(tuple_(*columns).in_(numbers))
        for row in db.execute(query):
            yield row.stream_no, row.seq, row.hash


def _quarantined(
    db: Session, numbers: list[tuple[str, str, int]]
) -> Iterator[tuple[StreamKey, int, str, str]]:
    columns = (Quarantine.agent_id, Quarantine.stream, Quarantine.seq)
    query = select(*columns, Quarantine.hash, Quarantine.reason)
    for agent, stream, seq, *rest in db.execute(query.where(tuple_(*columns).in_(numbers))):
        yield (agent, stream), seq, rest[0], rest[1]


def _select(db: Session, keys: list[StreamKey]) -> list[Stream]:
    columns = StreamState.__table__.c
    rows = db.execute(
        select(
            columns.no,
            columns.agent_id,
            columns.stream,
            columns.through,
            columns.also,
            columns.last_hash,
            columns.forked,
        )
        .where(tuple_(columns.agent_id, columns.stream).in_(keys))
        .order_by(columns.agent_id, columns.stream)
        .with_for_update()
    )
    return [
        Stream(
            row.no,
            (row.agent_id, row.stream),
            ReceivedNumbers(row.through, _as_ranges(row.also)),
            row.last_hash,
            row.forked,
        )
        for row in rows
    ]


def _as_ranges(also: list[list[int]]) -> Ranges:
    return tuple((first, last) for first, last in also)


def _empty_row(key: StreamKey, now: Utc) -> dict[str, object]:
    return {
        "agent_id": key[0],
        "stream": key[1],
        "through": 0,
        "also": [],
        "last_hash": GENESIS,
        "forked": False,
        "updated_at": now,
    }

"""Checks that each event contains the hash of the one before; a broken chain raises an alarm, never
an error."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.hub.event_sorter import SortedEvents
from controller.hub.streams import Stream, stored_events
from controller.kernel.journal import BootAnchor, EventRow, JournalName, StreamState, sealed_bytes
from controller.wire.journal_bytes import GENESIS, event_hash

UNKNOWN = GENESIS
"""Stands for the hash of an event that was not kept."""


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """An event that does not match its own hash, or the hash in the next event."""

    agent: str
    stream: str
    seq: int

    def text(self) -> str:
        """Return the message for administrators."""
        return (
            f"agent {self.agent}, stream {self.stream}: event {self.seq} is not what the agent"
            " sealed, or does not follow the one before it; compare a backup"
        )


_COLUMNS = (
    EventRow.stream_no,
    EventRow.seq,
    EventRow.hash,
    EventRow.prev_hash,
    EventRow.body,
    EventRow.id_high,
    EventRow.id_low,
    EventRow.mono_ms,
    EventRow.at,
    EventRow.not_after,
    EventRow.type,
    EventRow.boot_no,
    EventRow.point_no,
)
"""Plain columns: creating an object for each of a million events would take most of the time."""


def verify(db: Session) -> Iterator[BrokenLink]:
    """Check all journals: stored bytes match their hash, and each event names the one before.

    Where retention has left only hashes, these are compared. Forks are not reported here, since
    they raised an alarm on arrival.
    """
    streams = {state.no: state for state in db.scalars(select(StreamState))}
    boots = {row.no: row.boot_id for row in db.execute(select(BootAnchor.no, BootAnchor.boot_id))}
    points = {row.no: row.name for row in db.execute(select(JournalName.no, JournalName.name))}
    statement = select(*_COLUMNS).order_by(EventRow.stream_no, EventRow.seq)
    before: Any = None
    for row in db.execute(statement).yield_per(5000):
        raw = (
            None
            if row.body is None
            else sealed_bytes(row, boots[row.boot_no], points.get(row.point_no))
        )
        if not _follows(before, row) or not (raw is None or event_hash(raw) == row.hash):
            stream = streams[row.stream_no]
            yield BrokenLink(stream.agent_id, stream.stream, row.seq)
        before = row


def _follows(before: Any, row: Any) -> bool:
    """Return whether `row` may follow `before`; the table has no unique key on the numbers."""
    if before is None or before.stream_no != row.stream_no or before.seq < row.seq - 1:
        return True
    return bool(before.seq == row.seq - 1 and before.hash == row.prev_hash)


def broken_links(db: Session, events: SortedEvents) -> list[int]:
    """Return the new numbers, and their successors, whose `prev_hash` isn't the previous hash.

    Call it before the stream's state is updated.
    """
    stream = events.stream
    before = {seq - 1 for seq in events.links if seq - 1 not in events.hashes}
    hashes = events.hashes | _stored_hashes(db, events, before)
    after = {seq + 1 for seq in events.hashes if seq + 1 not in events.hashes}
    links = events.links | _stored_links(
        db, stream, {seq for seq in after if seq in stream.received}
    )
    return sorted(seq for seq, link in links.items() if hashes.get(seq - 1, link) != link)


def hash_at(db: Session, events: SortedEvents, seq: int) -> str:
    """Return the hash of the event with that number, new or stored; UNKNOWN if it was not kept."""
    if seq in events.hashes:
        return events.hashes[seq]
    return _stored_hashes(db, events, {seq}).get(seq, UNKNOWN)


def _stored_hashes(db: Session, events: SortedEvents, seqs: set[int]) -> dict[int, str]:
    stream = events.stream
    through = stream.received.through
    hashes = {seq: stream.last_hash for seq in seqs if seq == through}
    missing = {seq for seq in seqs if seq not in hashes and seq in stream.received}
    stored = stored_events(db, [(stream, missing)])[stream.key] if missing else {}
    for seq, stored_event in stored.items():
        hashes[seq] = stored_event.hash or next(iter(stored_event.quarantined), UNKNOWN)
    # UNKNOWN equals the genesis hash, so for any number but 0 it means that the hash is not known.
    return {seq: digest for seq, digest in hashes.items() if digest != UNKNOWN or seq == 0}


def _stored_links(db: Session, stream: Stream, seqs: set[int]) -> dict[int, str]:
    if not seqs:
        return {}
    statement = select(EventRow.seq, EventRow.prev_hash).where(
        EventRow.stream_no == stream.no, EventRow.seq.in_(seqs)
    )
    return {row.seq: row.prev_hash for row in db.execute(statement)}

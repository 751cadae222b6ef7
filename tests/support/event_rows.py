"""Events put into the database as the hub would, for tests of what reads them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.journal import BootAnchor, EventRow, StreamState, is_skewed, numbers_of
from controller.store.packed_event import id_numbers, pack
from controller.wire.journal_bytes import GENESIS, event_hash


def add_event(
    db: Session,
    *,
    agent: str,
    stream: str,
    seq: int,
    event_id: str,
    site: str,
    point: str | None,
    type: str,
    at: Utc | None,
    received_at: Utc,
    raw: bytes | None,
    boot: str = "00000000-0000-4000-8000-000000000001",
) -> EventRow:
    """An event of an agent that is there, with any bytes, stored whole."""
    names = numbers_of(db, [site] if point is None else [site, point])
    high, low = id_numbers(event_id)
    row = EventRow(
        id_high=high,
        id_low=low,
        seq=seq,
        mono_ms=seq,
        at=at,
        not_before=None,
        not_after=None,
        received_at=received_at,
        stream_no=_stream(db, agent, stream, received_at).no,
        site_no=names[site],
        point_no=None if point is None else names[point],
        boot_no=_boot(db, agent, boot).no,
        type=type,
        late=False,
        skewed=is_skewed(high, at),
        hash=event_hash(raw or b""),
        prev_hash=GENESIS,
        body=None if raw is None else pack(raw, b"\0", GENESIS),
    )
    db.add(row)
    db.flush()
    return row


def _stream(db: Session, agent: str, stream: str, now: Utc) -> StreamState:
    this = (StreamState.agent_id == agent, StreamState.stream == stream)
    row = db.scalar(select(StreamState).where(*this))
    if row is None:
        row = StreamState(
            agent_id=agent,
            stream=stream,
            through=0,
            also=[],
            last_hash=GENESIS,
            forked=False,
            updated_at=now,
        )
        db.add(row)
        db.flush()
    return row


def _boot(db: Session, agent: str, boot: str) -> BootAnchor:
    this = (BootAnchor.agent_id == agent, BootAnchor.boot_id == boot)
    row = db.scalar(select(BootAnchor).where(*this))
    if row is None:
        row = BootAnchor(agent_id=agent, boot_id=boot, mono_ms=None, at=None)
        db.add(row)
        db.flush()
    return row

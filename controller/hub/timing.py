"""True times: from the agent's trusted clock, or from its boot's anchor, or bounds alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.hub.intake import Batch
from controller.hub.truetime import Anchor, is_late, true_time
from controller.kernel.journal import BootAnchor, EventRow
from controller.store.upsert import upsert
from controller.wire.events import Event

BootKey = tuple[str, str]
"""Agent and boot."""


@dataclass(frozen=True, slots=True)
class Timed:
    """When an event happened, as far as it can be told."""

    at: Utc | None
    not_before: Utc | None
    not_after: Utc | None
    late: bool


@dataclass(frozen=True, slots=True)
class Anchors:
    """The anchors of some boots, and those of them that moved in this transaction."""

    known: dict[BootKey, Anchor]
    moved: frozenset[BootKey]


def anchor_boots(db: Session, events: Iterable[tuple[str, Event]]) -> Anchors:
    """Read the anchors of the boots of these (agent, event), and move or add what is better.

    The anchor of a boot is the trusted moment with the lowest monotonic time: the same one in
    whatever order events come.
    """
    events = list(events)
    boots = sorted({(agent, event.boot_id) for agent, event in events})
    stored = _stored(db, boots)
    best = dict(stored)
    for agent, event in events:
        if event.clock_trusted:
            boot = (agent, event.boot_id)
            best[boot] = Anchor(event.mono_ms, event.at).earlier(best.get(boot))
    moved = [boot for boot in boots if boot in best and best[boot] != stored.get(boot)]
    upsert(db, BootAnchor, [_row(boot, best[boot]) for boot in moved])
    return Anchors(best, frozenset(moved))


def timed(
    batch: Batch, event: Event, anchor: Anchor | None, floor: Utc | None, received_at: Utc
) -> Timed:
    """When an event of a batch happened. `floor`: when an earlier one of its stream did."""
    at = true_time(event.at, event.clock_trusted, event.mono_ms, anchor)
    if event.clock_trusted:
        return Timed(at, None, None, is_late(at, received_at))
    latest = received_at
    if event.boot_id == batch.boot_id and event.mono_ms <= batch.sent_mono_ms:
        age = timedelta(milliseconds=min(batch.sent_mono_ms - event.mono_ms, _LONGEST_MS))
        latest = Utc.of(received_at - age)
    return Timed(at, floor, latest, is_late(at or latest, received_at))


_LONGEST_MS = 3650 * 86_400_000
"""A boot does not last longer than ten years; beyond lies an overflow of dates."""


def floor_of(db: Session, agent: str, stream: str, seq: int) -> Utc | None:
    """When the last event before this number happened whose time is known."""
    return db.scalar(
        select(EventRow.at)
        .where(
            EventRow.agent_id == agent,
            EventRow.stream == stream,
            EventRow.seq < seq,
            EventRow.at.is_not(None),
        )
        .order_by(EventRow.seq.desc())
        .limit(1)
    )


def retime(db: Session, anchors: Anchors) -> Sequence[EventRow]:
    """Date again the untrusted events of boots whose anchor moved; returns those that changed."""
    if not anchors.moved:
        return []
    rows = db.scalars(
        select(EventRow)
        .where(
            tuple_(EventRow.agent_id, EventRow.boot_id).in_(sorted(anchors.moved)),
            EventRow.not_after.is_not(None),
        )
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        anchor = anchors.known[row.agent_id, row.boot_id]
        row.at = true_time(row.received_at, False, row.mono_ms, anchor)
    db.flush()
    return rows


def _stored(db: Session, boots: list[BootKey]) -> dict[BootKey, Anchor]:
    columns = BootAnchor.__table__.c
    rows = db.execute(
        select(columns.agent_id, columns.boot_id, columns.mono_ms, columns.at).where(
            tuple_(columns.agent_id, columns.boot_id).in_(boots)
        )
    )
    return {(row.agent_id, row.boot_id): Anchor(row.mono_ms, row.at) for row in rows}


def _row(boot: BootKey, anchor: Anchor) -> dict[str, object]:
    return {"agent_id": boot[0], "boot_id": boot[1], "mono_ms": anchor.mono_ms, "at": anchor.at}

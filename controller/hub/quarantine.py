"""Stores signed events that can't be processed as raw bytes, so that agents stop sending them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.hub.intake import Batch, Item
from controller.kernel.journal import Quarantine
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7

EVENTS_KEPT = 1_000
"""How many raw events of one agent are kept; the alarm counts the others."""
KEPT_BYTES = 8 << 20
"""How many bytes of raw events of one agent are kept."""

QuarantineItem = tuple[Batch, Item, str]


def put_in_quarantine(db: Session, events: Iterable[QuarantineItem], now: Utc) -> None:
    """Store these events with their reasons; identical bytes with the same number only once."""
    by_agent: dict[str, list[QuarantineItem]] = {}
    for event in events:
        by_agent.setdefault(event[0].agent.id, []).append(event)
    for agent, items in by_agent.items():
        insert_missing(
            db, Quarantine, [_row(*refusal, now) for refusal in _with_room(db, agent, items)]
        )


def _with_room(db: Session, agent: str, events: Sequence[QuarantineItem]) -> list[QuarantineItem]:
    """Return the first of these events, as far as this agent's quarantine has room for them."""
    size = func.length(Quarantine.raw)
    usage = select(func.count(), func.coalesce(func.sum(size), 0))
    number, used_bytes = db.execute(usage.where(Quarantine.agent_id == agent, size > 0)).one()
    fit = []
    for event in events[: max(0, EVENTS_KEPT - number)]:
        used_bytes += len(event[1].raw)
        if used_bytes > KEPT_BYTES:
            break
        fit.append(event)
    return fit


def _row(batch: Batch, item: Item, reason: str, now: Utc) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "site_id": batch.agent.site,
        "agent_id": batch.agent.id,
        "stream": batch.stream,
        "seq": item.seq,
        "received_at": now,
        "reason": reason,
        "raw": item.raw,
        "hash": item.hash,
    }

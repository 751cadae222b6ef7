"""Stores the bytes of signed events that can't be processed, so that agents stop sending them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.hub.intake import Batch, Item
from controller.kernel.journal import Quarantine
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7

MAX_EVENTS = 1_000
"""Maximum number of raw events kept for one agent; further ones only count in the alarm."""
MAX_BYTES = 8 << 20
"""Maximum total size of the raw events kept for one agent."""

QuarantineItem = tuple[Batch, Item, str]


def put_in_quarantine(db: Session, events: Iterable[QuarantineItem], now: Utc) -> None:
    """Store these events with their reasons.

    An event that is sent again with the same number and bytes is stored only once.
    """
    by_agent: dict[str, list[QuarantineItem]] = {}
    for event in events:
        by_agent.setdefault(event[0].agent.id, []).append(event)
    for agent, items in by_agent.items():
        insert_missing(
            db, Quarantine, [_row(*item, now) for item in _items_that_fit(db, agent, items)]
        )


def _items_that_fit(
    db: Session, agent: str, events: Sequence[QuarantineItem]
) -> list[QuarantineItem]:
    """Return the first of these events, as many as fit into the agent's quarantine.

    Events whose bytes have been deleted by now don't count.
    """
    size = func.length(Quarantine.raw)
    usage = select(func.count(), func.coalesce(func.sum(size), 0))
    number, used_bytes = db.execute(usage.where(Quarantine.agent_id == agent, size > 0)).one()
    fit = []
    for event in events[: max(0, MAX_EVENTS - number)]:
        used_bytes += len(event[1].raw)
        if used_bytes > MAX_BYTES:
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

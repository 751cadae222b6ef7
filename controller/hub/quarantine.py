"""Keep signed events that can't be stored as raw bytes, so that agents stop sending them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.hub.intake import Batch, Item
from controller.kernel.journal import Quarantine
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7

RETENTION_LIMIT = 1_000
"""Events of one agent that are kept raw; of what comes beyond, the alarm counts how many."""
KEPT_BYTES = 8 << 20

QuarantineItem = tuple[Batch, Item, str]


def put_in_quarantine(db: Session, events: Iterable[QuarantineItem], now: Utc) -> None:
    """Store these events with their reasons; the same bytes under the same number only once."""
    by_agent: dict[str, list[QuarantineItem]] = {}
    for event in events:
        by_agent.setdefault(event[0].agent.id, []).append(event)
    for agent, mine in by_agent.items():
        insert_missing(
            db, Quarantine, [_row(*refusal, now) for refusal in _with_room(db, agent, mine)]
        )


def _with_room(db: Session, agent: str, events: Sequence[QuarantineItem]) -> list[QuarantineItem]:
    """The first of these, as far as there is room for what this agent has in quarantine."""
    size = func.length(Quarantine.raw)
    kept = select(func.count(), func.coalesce(func.sum(size), 0))
    number, held = db.execute(kept.where(Quarantine.agent_id == agent, size > 0)).one()
    fit = []
    for event in events[: max(0, RETENTION_LIMIT - number)]:
        held += len(event[1].raw)
        if held > KEPT_BYTES:
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

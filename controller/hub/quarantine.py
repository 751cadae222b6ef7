"""Keep raw what was signed but can't be taken, so that nothing is offered for ever."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.hub.intake import Batch, Item
from controller.kernel.journal import Quarantine
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7


def put_in_quarantine(db: Session, events: Iterable[tuple[Batch, Item, str]], now: Utc) -> None:
    """Store these events with their reasons; the same bytes under the same number only once."""
    rows = [
        {
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
        for batch, item, reason in events
    ]
    insert_missing(db, Quarantine, rows)

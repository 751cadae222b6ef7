"""Recent technical events of an agent and its hardware, without any about people."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.journal.events import shape
from controller.capabilities.journal.shapes import Event
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.journal import EventRow, StreamState
from controller.kernel.journal_where import usual

TYPES = (
    "agent_started",
    "clock_stepped",
    "fault_raised",
    "fault_reset",
    "journal_degraded",
    "policy_rejected",
)
LOOKED_BACK = timedelta(days=7)
_STREAMS = 3
"""An agent begins a stream anew when its journal was lost: rarely."""


def newest(
    db: Session, agent_id: str, site_id: str, *, actor: Actor, now: Utc, limit: int = 50
) -> list[Event]:
    """The newest first, of the last week. Raises Forbidden."""
    actor.require(Permission.EVENTS_READ, site_id)
    streams = select(StreamState.no).where(StreamState.agent_id == agent_id)
    numbers = db.scalars(streams.order_by(StreamState.updated_at.desc()).limit(_STREAMS)).all()
    since = Utc.of(now - LOOKED_BACK)
    found: list[EventRow] = []
    for number in numbers:
        here = (EventRow.stream_no == number, EventRow.type.in_(TYPES), usual(since, now))
        newest_first = (EventRow.id_high.desc(), EventRow.id_low.desc())
        found += db.scalars(select(EventRow).where(*here).order_by(*newest_first).limit(limit))
    found.sort(key=lambda row: row.event_id, reverse=True)
    return [shape(row) for row in found[:limit]]

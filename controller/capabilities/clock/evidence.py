"""What the database knows of the date, apart from this controller's clock."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import UNKNOWN_AFTER
from controller.capabilities.agents.models import AgentAway, AgentState
from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.kernel.models import AuditEntry
from controller.store.packed_event import id_from

_LATEST = 100
"""So many events are looked at: a few agents' clocks may be wrong."""


def newest_event(db: Session, now: Utc) -> Utc | None:
    """When the newest event happened, by its agent's clock; one of the future does not count."""
    rows = db.execute(
        select(EventRow.at, EventRow.received_at)
        .where(EventRow.id_high < id_from(now.millis() + 1))
        .order_by(EventRow.id_high.desc())
        .limit(_LATEST)
    )
    times = [min(row.at, row.received_at) for row in rows if row.at is not None]
    return max((at for at in times if at <= now), default=None)


def newest_audit_entry(db: Session) -> Utc | None:
    """When somebody, or the controller, last changed something: before the first check."""
    return db.scalar(select(AuditEntry.at).order_by(AuditEntry.seq.desc()).limit(1))


def agents_ahead(db: Session, now: Utc) -> timedelta | None:
    """How far the clocks of the agents that are heard now are ahead of ours, in the middle.

    None: no agent is heard whose clock can be trusted.
    """
    found = sorted(_single_leads(db, now))
    return found[(len(found) - 1) // 2] if found else None


def _single_leads(db: Session, now: Utc) -> Iterator[timedelta]:
    since = Utc.of(now - UNKNOWN_AFTER)
    # Of an agent that has just come back, the telemetry is from before it went.
    was_away = exists().where(
        AgentAway.agent_id == AgentState.agent_id,
        or_(AgentAway.until.is_(None), AgentAway.until >= since),
    )
    heard = select(AgentState.seen_at, AgentState.telemetry).where(
        AgentState.seen_at >= since, AgentState.seen_at <= now, ~was_away
    )
    for seen_at, telemetry in db.execute(heard):
        said = telemetry or {}
        if seen_at is not None and said.get("clock_trusted") and said.get("at"):
            yield Utc.parse(said["at"]) - seen_at

"""When agents were away: noted by the hub as it learns it, kept for a week."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentAway
from controller.domain.time import Utc

RETENTION = timedelta(days=7)

Away = tuple[Utc, Utc | None]
"""From when, and until when; None: still."""


def went(db: Session, agent_id: str, since: Utc) -> None:
    """Record that the agent is away since then, unless that is already recorded, and delete
    entries older than a week."""
    open_ = (AgentAway.agent_id == agent_id, AgentAway.until.is_(None))
    if db.scalar(select(AgentAway.since).where(*open_)) is not None:
        return
    old = (AgentAway.agent_id == agent_id, AgentAway.until < Utc.of(since - RETENTION))
    db.execute(delete(AgentAway).where(*old))
    db.merge(AgentAway(agent_id=agent_id, since=since, until=None))


def came(db: Session, agent_ids: Collection[str], at: Utc) -> None:
    """They are there again."""
    if agent_ids:
        open_ = (AgentAway.agent_id.in_(agent_ids), AgentAway.until.is_(None))
        db.execute(update(AgentAway).where(*open_).values(until=at))


def absences_of(db: Session, agent_ids: Collection[str], since: Utc) -> dict[str, list[Away]]:
    """The absences of each agent since then, oldest first."""
    found: dict[str, list[Away]] = {agent_id: [] for agent_id in agent_ids}
    later = or_(AgentAway.until.is_(None), AgentAway.until > since)
    statement = select(AgentAway).where(AgentAway.agent_id.in_(agent_ids), later)
    for row in db.scalars(statement.order_by(AgentAway.since)):
        found[row.agent_id].append((row.since, row.until))
    return found

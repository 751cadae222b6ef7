"""Absences of agents: recorded, reported when one falls silent, and how agents catch up after."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import UNKNOWN_AFTER
from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.agents.health import BACKLOG_MANY
from controller.capabilities.agents.models import AgentAway, AgentRow, AgentState
from controller.capabilities.agents.shapes import Agent
from controller.domain.time import Utc
from controller.kernel.journal import EventRow, StreamState
from controller.kernel.journal_where import by_id_time, is_from_agents
from controller.kernel.outbox import post_news

RETENTION = timedelta(days=7)
"""How long ended absences are stored."""

Absence = tuple[Utc, Utc | None]
"""An absence: its start and its end; None: it has not ended."""


def record_absence(db: Session, agent_id: str, since: Utc) -> None:
    """Record that the agent is away since then, unless that is already recorded, and delete
    entries older than a week."""
    open_ = (AgentAway.agent_id == agent_id, AgentAway.until.is_(None))
    if db.scalar(select(AgentAway.since).where(*open_)) is not None:
        return
    old = (AgentAway.agent_id == agent_id, AgentAway.until < Utc.of(since - RETENTION))
    db.execute(delete(AgentAway).where(*old))
    db.merge(AgentAway(agent_id=agent_id, since=since, until=None))


def record_return(db: Session, agent_ids: Collection[str], at: Utc) -> None:
    """Record that these agents are back."""
    if agent_ids:
        open_ = (AgentAway.agent_id.in_(agent_ids), AgentAway.until.is_(None))
        db.execute(update(AgentAway).where(*open_).values(until=at))


def absences_of(db: Session, agent_ids: Collection[str], since: Utc) -> dict[str, list[Absence]]:
    """Return the absences of each agent since then, oldest first."""
    found: dict[str, list[Absence]] = {agent_id: [] for agent_id in agent_ids}
    later = or_(AgentAway.until.is_(None), AgentAway.until > since)
    statement = select(AgentAway).where(AgentAway.agent_id.in_(agent_ids), later)
    for row in db.scalars(statement.order_by(AgentAway.since)):
        found[row.agent_id].append((row.since, row.until))
    return found


# How many of the events that an agent stored while it was away have arrived, and how many wait.


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpProgress:
    """An agent that is back and sends the events that it stored while it was away."""

    back_at: Utc
    arrived: int
    """Events since then that have arrived."""
    waiting: int
    """Events that the agent still has to send."""

    @property
    def percent(self) -> int:
        """How many percent of the events have arrived."""
        return 100 * self.arrived // (self.arrived + self.waiting)


def catch_up_progress(
    db: Session, agents: Iterable[Agent], away: Mapping[str, Sequence[Absence]]
) -> dict[str, CatchUpProgress]:
    """Return the progress of agents that are back and have many events to send; in one query."""
    waiting = {agent.id: _backlog(agent) for agent in agents}
    spans = {
        key: (left, back)
        for key, number in waiting.items()
        if number >= BACKLOG_MANY
        for left, back in away.get(key, ())[-1:]
        if back is not None
    }
    if not spans:
        return {}
    told = (and_(is_from_agents([key]), by_id_time(*span)) for key, span in spans.items())
    counted = select(StreamState.agent_id, func.count()).select_from(EventRow)
    rows = counted.join(EventRow.journal).where(or_(*told)).group_by(StreamState.agent_id)
    arrived = {key: int(n) for key, n in db.execute(rows)}
    return {
        key: CatchUpProgress(back_at=back, arrived=arrived.get(key, 0), waiting=waiting[key])
        for key, (_left, back) in spans.items()
    }


def _backlog(agent: Agent) -> int:
    told = (agent.telemetry or {}).get("backlog")
    return told if isinstance(told, int) else 0


# A silent agent sends nothing that would announce it, so a job looks for silence.


def publish_silent(db: Session, since: Utc, now: Utc) -> None:
    """Publish news of each agent that has fallen silent in (since, now]."""
    heard = AgentState.seen_at
    query = (
        select(AgentRow.site_id, AgentRow.id, heard)
        .join(AgentState, AgentState.agent_id == AgentRow.id)
        .where(
            AgentState.online.is_(True),
            heard > Utc.of(since - UNKNOWN_AFTER),
            heard <= Utc.of(now - UNKNOWN_AFTER),
        )
    )
    for site, agent, last in db.execute(query).all():
        record_absence(db, agent, last or now)
        post_news(db, AgentNews(site=site, key=agent))

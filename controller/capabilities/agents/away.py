"""Absences of agents: recorded and reported, with the progress of agents that are back."""

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
"""Start and end of an absence; without an end, it still lasts."""


def record_absence(db: Session, agent_id: str, since: Utc) -> None:
    """Record that the agent has been away since then, unless an absence is already open.

    Also deletes its absences that ended more than a week ago.
    """
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
    absences: dict[str, list[Absence]] = {agent_id: [] for agent_id in agent_ids}
    later = or_(AgentAway.until.is_(None), AgentAway.until > since)
    statement = select(AgentAway).where(AgentAway.agent_id.in_(agent_ids), later)
    for row in db.scalars(statement.order_by(AgentAway.since)):
        absences[row.agent_id].append((row.since, row.until))
    return absences


# Agents that were away send the events that they stored meanwhile.


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpProgress:
    """An agent that is back and is sending the events that it stored while it was away."""

    back_at: Utc
    arrived: int
    """How many of these events have arrived."""
    waiting: int
    """How many events the agent still has to send."""

    @property
    def percent(self) -> int:
        """Return the percentage of the events that have arrived."""
        return 100 * self.arrived // (self.arrived + self.waiting)


def catch_up_progress(
    db: Session, agents: Iterable[Agent], away: Mapping[str, Sequence[Absence]]
) -> dict[str, CatchUpProgress]:
    """Return the progress of agents that are back and have many events to send; one query."""
    backlogs = {agent.id: _backlog(agent) for agent in agents}
    spans = {
        key: (left, back)
        for key, number in backlogs.items()
        if number >= BACKLOG_MANY
        for left, back in away.get(key, ())[-1:]
        if back is not None
    }
    if not spans:
        return {}
    absent = (and_(is_from_agents([key]), by_id_time(*span)) for key, span in spans.items())
    event_counts = select(StreamState.agent_id, func.count()).select_from(EventRow)
    rows = event_counts.join(EventRow.journal).where(or_(*absent)).group_by(StreamState.agent_id)
    arrived = {key: int(n) for key, n in db.execute(rows)}
    return {
        key: CatchUpProgress(back_at=back, arrived=arrived.get(key, 0), waiting=backlogs[key])
        for key, (_left, back) in spans.items()
    }


def _backlog(agent: Agent) -> int:
    backlog = (agent.telemetry or {}).get("backlog")
    return backlog if isinstance(backlog, int) else 0


# A silent agent can't report its silence, so a job looks for it.


def publish_silent(db: Session, since: Utc, now: Utc) -> None:
    """Record the absence of each agent that fell silent in (since, now], and publish news of it."""
    last_seen = AgentState.seen_at
    query = (
        select(AgentRow.site_id, AgentRow.id, last_seen)
        .join(AgentState, AgentState.agent_id == AgentRow.id)
        .where(
            AgentState.online.is_(True),
            last_seen > Utc.of(since - UNKNOWN_AFTER),
            last_seen <= Utc.of(now - UNKNOWN_AFTER),
        )
    )
    for site, agent, last in db.execute(query).all():
        record_absence(db, agent, last or now)
        post_news(db, AgentNews(site=site, key=agent))

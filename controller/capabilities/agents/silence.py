"""Tell of agents that have fallen silent: nobody else would, for nothing arrives."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents import away
from controller.capabilities.agents.agents import UNKNOWN_AFTER
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.agents.news import AgentNews
from controller.domain.time import Utc
from controller.kernel.outbox import tell


def tell_silent(db: Session, since: Utc, now: Utc) -> None:
    """Tell of each agent that has fallen silent in (since, now]."""
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
        away.went(db, agent, last or now)
        tell(db, AgentNews(site=site, key=agent))

"""Finds agents that have sent nothing since the database was restored."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.policy.models import PolicySite


def not_heard_since_restore(db: Session) -> list[str]:
    """Return the ids of agents that have sent nothing since the database was restored.

    Their epoch is lower than their site's; the events that they store are still to come.
    """
    agent_ids = (
        select(AgentRow.id)
        .join(AgentState, AgentState.agent_id == AgentRow.id)
        .join(PolicySite, PolicySite.site_id == AgentRow.site_id)
        .where(AgentRow.revoked_at.is_(None), AgentState.epoch > 0)
        .where(AgentState.epoch < PolicySite.epoch)
    )
    return list(db.scalars(agent_ids.order_by(AgentRow.id)))

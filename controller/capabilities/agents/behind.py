"""Which agents have not spoken since the database was restored."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.policy.models import PolicySite


def not_heard_since_restore(db: Session) -> list[str]:
    """Ids of agents that had an earlier epoch when they last spoke; what they keep is to come."""
    found = (
        select(AgentRow.id)
        .join(AgentState, AgentState.agent_id == AgentRow.id)
        .join(PolicySite, PolicySite.site_id == AgentRow.site_id)
        .where(AgentRow.revoked_at.is_(None), AgentState.epoch > 0)
        .where(AgentState.epoch < PolicySite.epoch)
    )
    return list(db.scalars(found.order_by(AgentRow.id)))

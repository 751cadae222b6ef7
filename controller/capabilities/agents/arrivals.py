"""Whether an agent is cut off, or still sends the events that it kept while it was."""

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentAway, AgentRow, AgentState
from controller.kernel.told_of import ArrivalQuestion, NotArrived


def answer(db: Session, asked: ArrivalQuestion) -> None:
    """An agent that was cut off since then may have granted what was given shortly before.

    One that was cut off earlier, and still is, has not heard of it. Raises NotArrived.
    """
    at_site = true() if asked.site_id is None else AgentRow.site_id == asked.site_id
    is_away = AgentAway.until.is_(None) & (AgentAway.since >= asked.since)
    away = (
        select(AgentAway.until, AgentState.telemetry)
        .join(AgentRow, AgentRow.id == AgentAway.agent_id)
        .outerjoin(AgentState, AgentState.agent_id == AgentAway.agent_id)
        .where(at_site, AgentRow.revoked_at.is_(None))
        .where(or_(is_away, AgentAway.until >= asked.since))
    )
    for until, telemetry in db.execute(away):
        if until is None or (telemetry or {}).get("backlog"):
            raise NotArrived

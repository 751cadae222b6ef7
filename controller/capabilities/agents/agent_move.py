"""Move an agent to another site. Its MQTT topics change, so its Pi has to enrol again."""

from sqlalchemy.orm import Session

from controller.capabilities.agents import agents, claims
from controller.capabilities.agents.changes import AgentMoves, AgentNews
from controller.capabilities.agents.models import AgentState
from controller.capabilities.agents.shapes import ClaimCode
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict
from controller.kernel.outbox import post_news


def move(
    db: Session, agent_id: str, site_id: str, *, fingerprint16: str, actor: Actor, now: Utc
) -> ClaimCode:
    """Move the agent to a site, and return the claim code with which its Pi enrols there.

    The caller then installs the broker's lists (`agents.broker_lists`). Raises NotFound, Forbidden,
    and Conflict when the agent is revoked, already at that site, or still needed at its own, for
    example by an access point.
    """
    row = agents.agent_row(db, agent_id, actor)
    for site in (row.site_id, site_id):
        actor.require(Permission.AGENTS_WRITE, site)
    if row.revoked_at is not None or row.site_id == site_id:
        raise Conflict("the agent is revoked, or is at that site already")
    react(db, AgentMoves(agent_id))
    before = row.site_id
    agents.revoke_certificates(db, agent_id, now)
    row.site_id, row.enrolled_at, row.wiring = site_id, None, None
    row.kid = row.public_key = row.certificate_until = None
    if (state := db.get(AgentState, agent_id)) is not None:
        db.delete(state)
    for site in (before, site_id):
        detail = {"from": before, "to": site_id}
        audit.record(db, actor, now, "agent_moved", f"agent:{agent_id}", site, **detail)
        post_news(db, AgentNews(site=site, key=agent_id))
    db.flush()
    return claims.issue(
        db, row, valid_hours=None, fingerprint16=fingerprint16, actor=actor, now=now
    )

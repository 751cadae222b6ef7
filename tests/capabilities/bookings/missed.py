"""What tests of missed share with others."""

from controller.capabilities.agents.models import AgentState
from controller.kernel.database import Session
from tests.capabilities.conftest import Place


def hear(db: Session, place: Place, *, online: bool) -> None:
    """The laser's agent is in touch, or not."""
    row = db.get(AgentState, "pi") or AgentState(agent_id="pi", connection=1, protocols=[])
    row.online, row.epoch, row.policy_version, row.seen_at = online, 1, 1, place.now
    db.add(row)

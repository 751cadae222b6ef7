"""What tests of commands share with others."""

from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.wire.ids import uuid7


def online(db: Session) -> None:
    """Agent `pi` is there."""
    db.add(
        AgentState(
            agent_id="pi",
            online=True,
            boot_id=uuid7(),
            connection=1,
            protocols=["1"],
            epoch=1,
            policy_version=1,
        )
    )
    db.flush()

"""What tests of policy share with others."""

from controller import policy
from controller.capabilities.agents.models import AgentState
from controller.capabilities.machines.models import AccessPointRow
from controller.kernel.database import Database
from tests.hub.world import SITE


def take_out_of_service(database: Database, point: str) -> int:
    """Change a fact; returns the site's version."""
    with database.write() as db:
        db.get_one(AccessPointRow, point).in_service = False
    return version(database)


def version(database: Database) -> int:
    with database.read() as db:
        return policy.head(db, SITE).version


def state_of(agent: str, policy_version: int, online: bool = True) -> AgentState:
    """What an agent said of itself before it was silent."""
    return AgentState(
        agent_id=agent,
        online=online,
        connection=1,
        protocols=["1"],
        epoch=1,
        policy_version=policy_version,
    )

"""What tests of power cuts share with others."""

from sqlalchemy import select

from controller.capabilities.alarms.models import Alarm
from controller.wire.events import AgentStarted, SessionEnded
from controller.wire.ids import uuid7
from tests.hub.conftest import Place
from tests.hub.fake_agent import FakeAgent


def restart(agent: FakeAgent, at_s: float, *, reason: str = "boot", running: bool = False) -> None:
    """What an agent tells at a start: that it starts, and which session it has lost."""
    agent.record(AgentStarted, at_s=at_s, access_point=None, version="1", reason=reason)
    agent.record(
        SessionEnded,
        at_s=at_s,
        session_id=uuid7(),
        active_s=60.0,
        idle_s=0.0,
        powered_s=60.0,
        cause="agent_restarted",
        was_running=running,
    )


def cuts(place: Place) -> list[Alarm]:
    with place.world.database.read() as db:
        return list(db.scalars(select(Alarm).where(Alarm.kind == "power_cut")))

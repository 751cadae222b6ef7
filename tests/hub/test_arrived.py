"""When all that a box has kept has arrived: once it is back and has said that nothing is left."""

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.domain.time import Utc
from controller.hub.admission import Admission
from controller.hub.directory import Directory
from controller.hub.liveness import Liveness
from controller.kernel.journal_where import have_arrived
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import AgentStatus, AgentTelemetry, PointState, State
from tests.hub.conftest import Place
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.world import SITE

SINCE = Utc.of(START + timedelta(hours=2))


def status(agent: FakeAgent, connection: int, *, online: bool = True) -> IncomingMessage:
    message = AgentStatus(
        online=online,
        boot_id=agent.boot_id,
        connection=connection,
        version="0.1.0",
        protocols=(1,),
        epoch=1,
        policy_version=1,
        stream=None,
        started_at=START,
    )
    return agent.say(agent.topics.agent_status(agent.name), message)


def telemetry(agent: FakeAgent, backlog: int) -> IncomingMessage:
    message = AgentTelemetry(boot_id=agent.boot_id, backlog=backlog, clock_trusted=True)
    return agent.say(agent.topics.agent_telemetry(agent.name), message)


def point_state(agent: FakeAgent) -> IncomingMessage:
    message = PointState(state=State.ARMED, since=START, available=True)
    return agent.say(agent.topics.agent_point(agent.name, "machine-0"), message)


@pytest.mark.parametrize("how", ["with its will", "before its will", "silent"])
def test_what_a_box_said_before_it_was_away_does_not_count(place: Place, how: str) -> None:
    agent, base = place.agent, place.world.database
    live = Liveness(
        base, Admission(Directory(base), place.counters), place.counters, lambda: place.now
    )

    def hear(after_s: float, message: IncomingMessage) -> None:
        place.now = Utc.of(SINCE + timedelta(seconds=after_s))
        live.handle([message])

    def arrived() -> set[bool]:
        with base.read() as db:
            db.info["hooks"] = replace(db.info["hooks"], clock=lambda: place.now)
            kinds = (True, False) if how == "with its will" else (True,)
            return {have_arrived(db, SINCE, SITE, even_unnoticed=kind) for kind in kinds}

    hear(-60, status(agent, 1))
    hear(-59, telemetry(agent, 0))
    hear(1, status(agent, 1))
    assert arrived() == {True}
    if how == "with its will":
        hear(60, status(agent, 1, online=False))
        assert arrived() == {False}
    hear(200, point_state(agent) if how == "silent" else status(agent, 2))
    assert arrived() == {False}
    hear(201, telemetry(agent, 2))
    assert arrived() == {False}
    hear(202, telemetry(agent, 0))
    assert arrived() == {True}

"""What agents say of themselves, what is asked of them, and what is left of those that are gone."""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from controller.capabilities.agents.away import publish_silent
from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.agents.models import AgentAway, AgentRow, AgentState
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.clock.models import ClockCheck
from controller.capabilities.machines import commands
from controller.capabilities.machines.models import AccessPointRow, CommandRow, PointStateRow
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import NewMaintenance
from controller.capabilities.user_reports import handover, user_reports
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import HandoverNote, NewHandoverNote, NewUserReport
from controller.domain.facts import OnRevoke, PointKind
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.hub.admission import Admission
from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.hub.liveness import Liveness
from controller.hub.retained_cleanup import FOREIGN_POINTS_ALLOWED
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.shapes import Label
from controller.wire.codec import decode
from controller.wire.commands import (
    CommandResult,
    Identify,
    ReadCredential,
    ReleaseDoor,
    ReplyData,
    command_type,
)
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import (
    AgentStatus,
    AgentTelemetry,
    AgentWiring,
    Command,
    CommandReply,
    FoundPlug,
    PointState,
    State,
    WiredPoint,
)
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.memory_link import Published
from tests.hub.running import Installation, Running, installation
from tests.hub.world import SITE
from tests.support.news import following
from tests.support.until import until

ACTOR = Actor.system("test")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path, agents=2) as made:
        yield made


def status(agent: FakeAgent, connection: int = 1, online: bool = True) -> IncomingMessage:
    message = AgentStatus(
        online=online,
        boot_id=agent.boot_id,
        connection=connection,
        version="0.1.0",
        protocols=(1,),
        epoch=1,
        policy_version=3,
        stream=None,
        started_at=START,
    )
    return agent.say(agent.topics.agent_status(agent.name), message, retained=True)


def point_state(agent: FakeAgent, point: str, state: State = State.ARMED) -> IncomingMessage:
    message = PointState(
        state=state, since=START, available=True, faults=("meter_lost",), watts=240
    )
    return agent.say(agent.topics.agent_point(agent.name, point), message)


def say(place: Installation, running: Running, *messages: IncomingMessage) -> None:
    """Deliver messages, and wait until an open page is told of the last one."""
    with following(place.database, place.live) as heard:
        for message in messages:
            running.link.deliver(message)
        running.link.deliver(telemetry(place.agents[1]))
        heard.wait_for(AgentNews(site=SITE, key=place.agents[1].name))


def telemetry(agent: FakeAgent) -> IncomingMessage:
    message = AgentTelemetry(boot_id=agent.boot_id, backlog=4, clock_trusted=True)
    topic = agent.topics.agent_telemetry(agent.name)
    signed = agent.say(topic, message)
    return IncomingMessage(topic=topic, payload=signed.payload)


def row(place: Installation, model: type[Any], key: str) -> Any:
    with place.database.read() as db:
        return db.get(model, key)


def test_texts_of_agents_and_plugs_become_lines_without_control_characters(
    place: Installation,
) -> None:
    """A plug is named by whoever is in its network; nothing that it says is lost, or refused."""
    agent, hostile = place.agent, "a\x1b[31m\u202eb\nc"
    plug = FoundPlug(driver="shelly", topic="plug", name=hostile, model=hostile)
    seen = AgentTelemetry(boot_id=agent.boot_id, backlog=4, clock_trusted=True, plugs=(plug,))
    wired = WiredPoint(
        id=AccessPointId("machine-0"), kind=PointKind.MACHINE, power={"driver": hostile}
    )
    with place.hub() as running:
        say(
            place,
            running,
            agent.say(agent.topics.agent_telemetry(agent.name), seen),
            agent.say(agent.topics.agent_wiring(agent.name), AgentWiring(access_points=(wired,))),
        )
    (told,) = row(place, AgentState, agent.name).telemetry["plugs"]
    assert (told["name"], told["model"]) == ("a [31m b c", "a [31m b c")
    assert row(place, AgentRow, agent.name).wiring["access_points"][0]["power"] == {
        "driver": "a [31m b c"
    }


def test_status_telemetry_state_and_wiring_are_stored(place: Installation) -> None:
    agent = place.agent
    wired = WiredPoint(
        id=AccessPointId("machine-0"), kind=PointKind.MACHINE, power={"driver": "gpio", "pin": 17}
    )
    with place.hub() as running:
        say(
            place,
            running,
            status(agent),
            telemetry(agent),
            point_state(agent, "machine-0"),
            agent.say(agent.topics.agent_wiring(agent.name), AgentWiring(access_points=(wired,))),
        )
    state = row(place, AgentState, agent.name)
    assert (state.online, state.connection, state.policy_version) == (True, 1, 3)
    assert state.telemetry["backlog"] == 4
    point = row(place, PointStateRow, "machine-0")
    assert (point.state, point.available, point.faults) == ("armed", True, ["meter_lost"])
    assert point.watts == 240
    wiring = row(place, AgentRow, agent.name).wiring
    assert wiring["access_points"][0]["power"] == {"driver": "gpio", "pin": 17}


def test_an_older_connections_last_will_is_ignored(place: Installation) -> None:
    with place.hub() as running:
        say(
            place,
            running,
            status(place.agent, connection=2),
            status(place.agent, connection=1, online=False),
        )
        assert row(place, AgentState, place.agent.name).online
        say(place, running, status(place.agent, connection=2, online=False))
        assert not row(place, AgentState, place.agent.name).online


def test_when_an_agent_was_away_is_kept(place: Installation) -> None:
    agent = place.agent

    def times() -> list[bool]:
        """Whether each is over."""
        with place.database.read() as db:
            rows = db.query(AgentAway).filter_by(agent_id=agent.name).order_by(AgentAway.since)
            return [row.until is not None for row in rows]

    with place.hub() as running:
        say(place, running, status(agent))
        assert times() == []
        say(place, running, status(agent, online=False), status(agent, online=False))
        assert times() == [False]
        say(place, running, status(agent, connection=2))
        assert times() == [True]


def test_who_comes_and_goes_within_a_group_is_where_it_said_last(place: Installation) -> None:
    agent, counters = place.agent, Counters()
    now = [START]
    liveness = Liveness(
        place.database, Admission(Directory(place.database), counters), counters, lambda: now[0]
    )
    first, second, third = (Utc.of(START + timedelta(seconds=number)) for number in range(3))

    def hear(at: Utc, *messages: IncomingMessage) -> list[tuple[Utc, Utc | None]]:
        now[0] = at
        liveness.handle(list(messages))
        with place.database.read() as db:
            rows = db.query(AgentAway).filter_by(agent_id=agent.name).order_by(AgentAway.since)
            return [(row.since, row.until) for row in rows]

    assert hear(first, status(agent, online=False)) == [(first, None)]
    comes_and_goes = (status(agent, 2), status(agent, 2, online=False))
    assert hear(second, *comes_and_goes) == [(first, second), (second, None)]
    will_and_birth = (status(agent, 2, online=False), status(agent, 3))
    assert hear(third, *will_and_birth) == [(first, second), (second, third)]


def test_an_agent_can_not_tell_the_state_of_anothers_point(place: Installation) -> None:
    with place.hub() as running:
        say(place, running, point_state(place.agent, "machine-1"))
        assert running.hub.counters.snapshot()["dropped_foreign_point"] == 1
    assert row(place, PointStateRow, "machine-1") is None


def test_silence_is_told_once(place: Installation) -> None:
    with place.hub() as running:
        say(place, running, status(place.agent))
    with place.database.write() as db:
        db.get_one(AgentState, place.agent.name).seen_at = START
    silent = AgentNews(site=SITE, key=place.agent.name)
    looks = [Utc.of(START + timedelta(seconds=seconds)) for seconds in (60, 91, 106, 121)]
    with following(place.database, place.live) as heard:
        told = []
        for since, now in pairwise(looks):
            with place.database.write() as db:
                publish_silent(db, since, now)
            told.append(len(heard.look()))
    assert told == [1, 1, 1]
    assert heard.look() == [silent]


def is_clearing(topic: str) -> Any:
    def wanted(message: Published) -> bool:
        return (message.topic, message.payload, message.retain, message.sign) == (
            topic,
            b"",
            True,
            False,
        )

    return wanted


def test_what_a_revoked_agent_left_behind_is_cleared(place: Installation) -> None:
    agent = place.agent
    message = status(agent)
    with place.hub() as running:
        say(place, running, message)
        with place.database.write() as db:
            db.get_one(AgentRow, agent.name).revoked_at = START
        running.link.wait_for(is_clearing(message.topic))


def test_what_a_stranger_left_behind_is_cleared(place: Installation) -> None:
    stranger = FakeAgent(place.agent.site, "pi-gone", ["lathe"])
    message = point_state(stranger, "lathe")
    with place.hub() as running:
        running.link.deliver(message)
        running.link.wait_for(is_clearing(message.topic))


def test_what_an_agent_retains_of_very_many_points_that_are_not_its_own_is_cleared(
    place: Installation,
) -> None:
    agent = place.agent
    with place.hub() as running:
        mine = point_state(agent, "machine-0")
        foreign = [
            point_state(agent, f"p-{number}") for number in range(FOREIGN_POINTS_ALLOWED + 1)
        ]
        for message in (mine, *foreign):
            running.link.deliver(message)
        for message in foreign:
            running.link.wait_for(is_clearing(message.topic))
        assert not any(map(is_clearing(mine.topic), running.link.published))


def test_a_command_is_sent_with_its_deadline_and_its_answer_recorded(place: Installation) -> None:
    agent = place.agent
    with place.hub() as running:
        say(place, running, status(agent))
        with place.database.write() as db:
            asked = commands.send(
                db,
                agent_id=agent.name,
                access_point_id="machine-0",
                args=ReadCredential(),
                actor=ACTOR,
                now=wall_clock(),
                valid_s=8,
            )
        sent = running.link.wait_for(
            lambda message: message.topic == agent.topics.agent_command(agent.name)
        )
        command = decode(sent.payload, Command).value
        assert command.command_id == asked.id
        assert command.type == command_type(ReadCredential())
        assert command.expires_at == asked.expires_at
        assert sent.expiry_s == math.ceil((command.expires_at - command.at).total_seconds())
        assert not sent.retain
        topic = agent.topics.agent_reply(agent.name)
        answer = CommandReply(
            command_id=asked.id, result=CommandResult.DONE, data=ReplyData(holder_key=None)
        )
        refused = CommandReply(command_id=asked.id, result=CommandResult.REFUSED)
        stranger = place.agents[1]
        forged = stranger.say(stranger.topics.agent_reply(stranger.name), refused)
        say(place, running, forged)
        assert row(place, CommandRow, asked.id).result is None
        say(place, running, agent.say(topic, answer), agent.say(topic, refused))
    assert row(place, CommandRow, asked.id).result == "done"
    with place.database.read() as db:
        assert commands.get(db, asked.id, actor=ACTOR).result == "done"


def test_a_command_that_can_not_be_carried_out_is_refused_at_once(place: Installation) -> None:
    def send(args: Any, point: str | None = "machine-0") -> None:
        with place.database.write() as db:
            commands.send(
                db,
                agent_id=place.agent.name,
                access_point_id=point,
                args=args,
                actor=ACTOR,
                now=START,
            )

    with pytest.raises(Conflict, match="offline"):
        send(Identify())
    with pytest.raises(Invalid, match="not for a machine"):
        send(ReleaseDoor())
    with pytest.raises(Invalid, match="required for"):
        send(ReleaseDoor(), None)
    with pytest.raises(NotFound, match="machine-1"):
        send(Identify(), "machine-1")


def test_a_late_command_is_never_sent(place: Installation) -> None:
    agent = place.agent
    with place.hub() as running:
        say(place, running, status(agent))
        with place.database.write() as db:
            for now in (START, wall_clock()):
                commands.send(
                    db,
                    agent_id=agent.name,
                    access_point_id=None,
                    args=Identify(),
                    actor=ACTOR,
                    now=now,
                )
        topic = agent.topics.agent_command(agent.name)
        running.link.wait_for(lambda message: message.topic == topic)
    assert len([message for message in running.link.published if message.topic == topic]) == 1


def test_nothing_on_redis_or_the_broker_stops_the_hub(place: Installation) -> None:
    with place.hub() as running:
        place.live.ring("{nonsense")
        running.link.deliver(IncomingMessage(topic="loquet/1/fabrique/what", payload=b"\xff" * 100))
        for topic in ("status", "telemetry", "wiring", "reply", "sync", "events", "ack"):
            full = f"loquet/1/fabrique/agents/{place.agent.name}/{topic}"
            running.link.deliver(IncomingMessage(topic=full, payload=b"\x00[", kid="x", sig="y"))
            running.link.deliver(place.agent.say_bytes(full, b'{"v":1e999}'))
        with following(place.database, place.live) as heard:
            running.link.deliver(status(place.agent))
            heard.wait_for(AgentNews(site=SITE, key=place.agent.name))
    assert row(place, AgentState, place.agent.name).online


def test_a_machine_called_dangerous_goes_out_of_service_as_soon_as_its_job_is_over(
    place: Installation,
) -> None:
    point = str(place.agent.points[0])
    with place.database.write() as db:
        db.get_one(AccessPointRow, point).session = {"on_revoke": OnRevoke.CUT.value}
    smoke = NewUserReport(kind=ToldKind.FAULT, access_point=point, text="Smoke", dangerous=True)

    def in_service() -> bool:
        with place.database.read() as db:
            return db.get_one(AccessPointRow, point).in_service

    with place.hub() as running:
        say(place, running, status(place.agent), point_state(place.agent, point, State.RUNNING))
        with place.database.write() as db:
            user_reports.create(db, smoke, actor=ACTOR, now=wall_clock())
        say(place, running, point_state(place.agent, place.agent.points[1], State.OFF))
        assert in_service()
        say(place, running, point_state(place.agent, point, State.ARMED))
        assert not in_service()


def test_the_hub_looks_for_what_is_due_and_forgets_what_is_over(place: Installation) -> None:
    then = Utc.of(wall_clock() - timedelta(days=90))
    belt = NewMaintenance(
        access_point=str(place.agent.points[0]),
        name=Label(en="Belt"),
        every_days=30,
        starts_at=then,
    )
    with place.database.write() as db:
        maintenance.create(db, belt, actor=ACTOR, now=Utc.of(then + timedelta(days=1)))
        old = NewHandoverNote(text="Old", site_id=SITE, until=Utc.of(then + timedelta(days=1)))
        handover.create(db, old, actor=ACTOR, now=then)
        db.add(ClockCheck(id=1, plausible_at=wall_clock()))
        assert alarms.active_at(db, SITE) == []

    def notes() -> Sequence[HandoverNote]:
        with place.database.read() as db:
            return handover.page(db, actor=ACTOR, now=then).items

    assert len(notes()) == 1
    with following(place.database, place.live) as heard, place.hub():
        while not isinstance(heard.next().news, AlarmNews):
            pass
        until(lambda: not notes(), "the hub did not forget the note")
    with place.database.read() as db:
        assert [alarm.kind for alarm in alarms.active_at(db, SITE)] == ["maintenance_due"]

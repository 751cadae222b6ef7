"""A whole agent whose machine hangs on a relay board, on a plug, or on a plug that it holds."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.domain.facts import AccessPoint, PointKind, Requirement, Risk, SessionRules
from controller.wire import events as wire
from controller.wire.messages import State
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.contract.drivers.field.field_rig import PlugPlace, Sim
from tests.devices.whole.agent_whole import is_a, tap
from tests.support.agent_place import AGENT, AMINA, CONFIG, LASER, WAIT_S, Place

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(1800)]

SWITCH = """
power = {{ driver = "gpio_pulse", pin = 17 }}
meter = {{ driver = "sim", machine = "laser" }}
"""
BUS = """
power = {{ driver = "modbus", port = "{folder}/bus", coil = 0 }}
meter = {{ driver = "modbus", port = "{folder}/bus", unit = 2, model = "sdm120" }}
"""
PLUG = """
power = {{ driver = "MODEL", topic = "plug", broker = "{folder}/plugs/plugs.toml", MORE }}
"""
LIMIT_S = 4.0
DROPS, HOLDS = "limit_s = 4", 'on_agent_loss = "hold"'
CARD_GONE_S = 0.6
"""Longer than the reader's `gone_after_ms`."""
Started = Callable[..., Sim]


def plug(model: str, more: str) -> str:
    """The wiring of a plug."""
    return PLUG.replace("MODEL", model).replace("MORE", more)


@pytest.fixture
def started() -> Iterator[Started]:
    """Starts simulators, and ends them after their agent."""
    sims: list[Sim] = []

    def start(*arguments: str) -> Sim:
        sims.append(Sim(*arguments))
        return sims[-1]

    yield start
    for sim in sims:
        sim.end()


@pytest.fixture
def place(
    request: pytest.FixtureRequest, started: Started, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    assert CONFIG.count(SWITCH) == 1
    place = Place(tmp_path_factory.mktemp("a"), CONFIG.replace(SWITCH, request.param))
    yield place
    place.end()


@pytest.fixture
def plugs(place: Place) -> Iterator[PlugPlace]:
    """The plugs' own broker: TLS and passwords."""
    folder = place.folder / "plugs"
    folder.mkdir()
    plugs = PlugPlace(folder)
    yield plugs
    for agent in place.agents:
        kill(agent)
    plugs.broker.kill()


def kill(agent: subprocess.Popen[str]) -> None:
    agent.send_signal(signal.SIGKILL)
    agent.wait(timeout=WAIT_S)


def on_network(started: Started, model: str, file: Path) -> Sim:
    plug = started("devices.sim.plug", "--model", model, "--topic", "plug", "--broker", str(file))
    plug.event("connected", accepted=True)
    return plug


def ready(place: Place, risk: Risk = Risk.LOW) -> subprocess.Popen[str]:
    """Its agent runs, knows the laser, and can ask its switch."""
    place.teach()
    laser = AccessPoint(
        id=LASER,
        kind=PointKind.MACHINE,
        commissioned=True,
        agent=AGENT,
        risk=risk,
        requirement=Requirement(subscription=False),
        session=SessionRules(hold_s=1),
    )
    place.hub.learn(("point", LASER, laser))
    agent = place.start_agent()
    place.in_step()
    place.hub.wait(Channel.POINT, lambda point: point.state is State.OFF and point.available)
    return agent


def card_gone(bench: SimBench) -> None:
    """Until her card may be read again."""
    list(bench.events(CARD_GONE_S))


def began(place: Place) -> None:
    place.hub.wait_event(is_a(wire.SessionStarted, member="amina"))


@pytest.mark.parametrize("place", [BUS], ids=["modbus"], indirect=True)
def test_a_relay_board_and_a_meter_on_one_bus(
    place: Place, bench: SimBench, started: Started
) -> None:
    bus = started("devices.sim.modbus", "--link", str(place.folder / "bus"), "--load", "900")
    bus.event("ready")
    ready(place)
    tap(bench, AMINA)
    bus.event("coil", coil=0, on=True)
    began(place)
    place.hub.wait(Channel.POINT, lambda point: point.state is State.RUNNING)
    card_gone(bench)
    tap(bench, AMINA)
    place.hub.wait_event(
        lambda _: sum(isinstance(e, wire.AccessGranted) for e in place.hub.told()) == 2
    )
    assert bus.moves() == [True], "her badge is out, her job goes on"
    bus.do("load", watts=0.0)
    bus.event("coil", coil=0, on=False)
    ended = place.hub.wait_event(is_a(wire.SessionEnded, cause="badge_out"))
    assert isinstance(ended, wire.SessionEnded)
    assert ended.active_s > 0

    tap(bench, AMINA)
    bus.event("coil", coil=0, on=True)
    bus.do("cable", plugged=False)
    place.hub.wait_event(is_a(wire.FaultRaised, fault="switch_unreachable"))
    place.hub.wait_event(is_a(wire.SessionEnded, cause="switch_failed"))
    bus.do("cable", plugged=True)
    bus.event("coil", coil=0, on=False)


@pytest.mark.parametrize(
    ("place", "model", "risk"),
    [
        (plug("tasmota", DROPS), "tasmota", Risk.DANGEROUS),
        (plug("shelly", DROPS), "shelly", Risk.LOW),
    ],
    ids=["tasmota", "shelly"],
    indirect=["place"],
)
def test_a_plug_goes_off_by_itself_when_its_agent_is_dead(
    place: Place, plugs: PlugPlace, bench: SimBench, started: Started, model: str, risk: Risk
) -> None:
    plug = on_network(started, model, plugs.file)
    agent = ready(place, risk)
    plug.event("safe_setting_read")
    tap(bench, AMINA)
    plug.event("relay", on=True)
    began(place)
    kill(agent)
    plug.event("relay", on=False)
    place.start_agent()
    ended = place.hub.wait_event(is_a(wire.SessionEnded, cause="agent_restarted"))
    assert isinstance(ended, wire.SessionEnded)
    assert 0 < ended.gap_s <= LIMIT_S
    assert plug.moves() == [True, False]


@pytest.mark.parametrize("place", [plug("tasmota", HOLDS)], ids=["tasmota"], indirect=True)
def test_a_held_job_goes_on_while_the_plugs_broker_is_away(
    place: Place, plugs: PlugPlace, bench: SimBench, started: Started
) -> None:
    plug = on_network(started, "tasmota", plugs.file)
    agent = ready(place)
    plug.event("safe_setting_read")
    tap(bench, AMINA)
    plug.event("relay", on=True)
    began(place)
    plugs.broker.kill()
    place.hub.wait_event(is_a(wire.FaultRaised, fault="switch_unreachable"))
    place.hub.wait_event(is_a(wire.FaultRaised, fault="job_unknown"))
    place.hub.wait(Channel.POINT, lambda point: point.state is State.RUNNING)

    kill(agent)
    place.hub.wait(Channel.STATUS, lambda status: not status.online)
    place.hub.forget_messages()
    place.start_agent()
    place.hub.wait(Channel.POINT, lambda point: point.state in (State.ARMED, State.RUNNING))
    place.hub.wait(Channel.POINT, lambda point: point.state is State.RUNNING)
    plugs.broker.start()
    place.hub.wait_event(is_a(wire.FaultReset, fault="switch_unreachable"))
    place.hub.wait(Channel.POINT, lambda point: point.state is State.ARMED and point.available)
    assert not any(isinstance(event, wire.SessionEnded) for event in place.hub.told())
    assert plug.moves() == [True]
    tap(bench, AMINA)
    plug.event("relay", on=False)
    ended = place.hub.wait_event(is_a(wire.SessionEnded, cause="badge_out"))
    assert isinstance(ended, wire.SessionEnded)
    assert ended.gap_s > 0
    assert plug.moves() == [True, False]

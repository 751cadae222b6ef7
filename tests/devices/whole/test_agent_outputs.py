"""A whole agent with a fan, an emergency stop and a contactor that welds, as systemd runs it."""

import queue
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from controller.domain.facts import AccessPoint, Holder, PointKind, Requirement, Risk, SessionRules
from controller.domain.ids import CredentialId, MemberRef
from controller.wire import events as wire
from controller.wire.commands import CommandResult, ReadCredential
from controller.wire.messages import CommandReply, State
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.devices.whole.agent_whole import is_a, tap
from tests.support.agent_place import AGENT, AMINA, BENCH, CONFIG, LASER, WAIT_S, ZOE, Place

pytestmark = pytest.mark.needs("mosquitto")

METER = 'meter = {{ driver = "sim", machine = "laser" }}\n'
MORE = """
cooling = {{ driver = "gpio", pin = 27 }}
inputs = {{ estop = {{ driver = "gpio", pin = 22, active = "high" }} }}
"""
FAN = """
[[machine]]
name = "fan"
board = "pi-1"
pin = 27
[[contact]]
name = "estop"
board = "pi-1"
pin = 22
rest = 0
"""
STRANGER = CredentialId("em:0000000999")
CARD_GONE_S = 0.6
"""Longer than the reader's `gone_after_ms`."""


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Zoé maintains the laser."""
    assert CONFIG.count(METER) == 1
    place = Place(tmp_path_factory.mktemp("a"), CONFIG.replace(METER, METER + MORE), BENCH + FAN)
    place.teach()
    laser = AccessPoint(
        id=LASER,
        kind=PointKind.MACHINE,
        commissioned=True,
        agent=AGENT,
        risk=Risk.DANGEROUS,
        requirement=Requirement(subscription=False),
        session=SessionRules(cool_down_s=1),
    )
    place.hub.learn(("point", LASER, laser))
    place.let_in(ZOE, Holder(member=MemberRef("zoe"), maintains=(LASER,)))
    yield place
    place.end()


def moves(bench: SimBench, machine: str, closed: bool) -> None:
    """Wait until that contactor closes, or opens."""
    wanted = {"event": "power", "machine": machine, "closed": closed}
    bench.wait_for(lambda event: wanted.items() <= event.items(), WAIT_S)


def is_closed(bench: SimBench, machine: str) -> bool:
    return bool(bench.state()["machines"][machine]["closed"])


def test_an_emergency_stop_cuts_the_laser_and_not_its_fan(place: Place, bench: SimBench) -> None:
    place.start_agent()
    place.in_step()
    tap(bench, AMINA)
    moves(bench, "laser", True)
    moves(bench, "fan", True)
    bench.do("press", contact="estop", active=True)
    moves(bench, "laser", False)
    place.hub.wait_event(is_a(wire.FaultRaised, fault="estop"))
    place.hub.wait_event(is_a(wire.SessionEnded, member="amina", cause="fault"))
    tap(bench, ZOE)
    place.hub.wait_event(is_a(wire.AccessDenied, member="zoe", reason="fault_latched"))
    assert is_closed(bench, "fan")
    bench.do("press", contact="estop", active=False)
    list(bench.events(CARD_GONE_S))
    tap(bench, ZOE)
    place.hub.wait_event(is_a(wire.FaultReset, fault="estop"))
    moves(bench, "fan", False)
    assert not is_closed(bench, "laser"), "a reset brings no power"


def test_a_welded_contactor_is_found_and_latched(place: Place, bench: SimBench) -> None:
    place.start_agent()
    place.in_step()
    tap(bench, AMINA)
    moves(bench, "laser", True)
    bench.do("weld", machine="laser", welded=True)
    list(bench.events(CARD_GONE_S))
    tap(bench, AMINA)
    place.hub.wait_event(is_a(wire.SessionEnded, member="amina", cause="badge_out"))
    place.hub.wait_event(is_a(wire.FaultRaised, fault="power_while_off"))
    place.hub.wait(Channel.POINT, lambda point: "power_while_off" in (point.faults or ()))
    bench.do("weld", machine="laser", welded=False)
    moves(bench, "laser", False)


def test_a_badge_is_read_for_the_desk(place: Place, bench: SimBench) -> None:
    """It is told under the key of the policy, and nothing is decided on it."""
    place.start_agent()
    place.in_step()
    boot = place.hub.wait(Channel.STATUS, lambda status: status.online).boot_id
    replies: queue.Queue[CommandReply] = queue.Queue()

    def ask() -> None:
        replies.put(place.hub.command(ReadCredential(timeout_s=30), boot, LASER))

    asking = threading.Thread(target=ask)
    asking.start()
    while asking.is_alive():  # until the agent awaits it, a stranger's badge is refused
        tap(bench, STRANGER)
        asking.join(CARD_GONE_S)
    assert replies.get_nowait().result is CommandResult.DONE
    read = place.hub.wait_event(is_a(wire.CredentialRead))
    assert isinstance(read, wire.CredentialRead)
    assert read.member is None


def falls_silent(systemd: socket.socket) -> None:
    """After what it had said before, it says nothing more."""
    systemd.settimeout(1.0)
    with suppress(TimeoutError):
        while True:
            systemd.recv(100)


def test_systemd_hears_that_it_is_ready_and_alive_and_that_it_stops(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hung one is no longer alive: systemd's WatchdogSec then ends it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(WAIT_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        agent = place.start_agent()
        said = [systemd.recv(100) for _ in range(3)]
        assert b"READY=1" in said
        assert b"WATCHDOG=1" in said
        place.hub.wait(Channel.POINT, lambda point: point.state is State.LOCKED)
        agent.send_signal(signal.SIGSTOP)
        falls_silent(systemd)
        agent.send_signal(signal.SIGCONT)
        systemd.settimeout(WAIT_S)
        assert systemd.recv(100) == b"WATCHDOG=1"
        agent.send_signal(signal.SIGTERM)
        while systemd.recv(100) != b"STOPPING=1":
            pass
        assert agent.wait(timeout=WAIT_S) == 0

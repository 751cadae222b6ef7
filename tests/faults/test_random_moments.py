"""The agent killed and hung at random moments of a session: power, and the seconds that are told.

`LOQUET_SOAK=100 ./run test tests/faults/test_random_moments.py` plays a hundred of each.
"""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from controller.domain.facts import AccessPoint, Holder, PointKind, Requirement
from controller.domain.ids import CredentialId, MemberRef
from controller.wire import events as wire
from controller.wire.messages import State
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.faults.bus import Bus
from tests.support.agent_place import AMINA, CONFIG, LASER, WAIT_S, ZOE, Place

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("LOQUET_SOAK", "1"))
OFF_WITHIN_S = 1.0
"""Promised for a switch with a time limit of its own (security.md, Faults)."""
CLOSE_S = 1.0
"""How near the session's seconds come to those that the pins process counted."""
HUNG_S = 1.0
MAURICE = CredentialId("em:0000000003")
SWITCH = '{{ driver = "gpio_pulse", pin = 17 }}'
METER = 'meter = {{ driver = "sim", machine = "laser" }}\n'
RELAY = '{{ driver = "modbus", port = "{folder}/bus", coil = 0, on_agent_loss = "hold" }}'


def until(holds: Callable[[], bool], complaint: str, place: Place | None = None) -> None:
    """Look again and again until it holds; else say what the agent of that place told last."""
    end_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end_s, (complaint, place and place.hub.told()[-6:])
        threading.Event().wait(0.02)


@pytest.fixture
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("a")
    place = Place(folder, getattr(request, "param", CONFIG))
    place.teach()
    place.let_in(ZOE, Holder(member=MemberRef("zoe")))
    place.let_in(MAURICE, Holder(member=MemberRef("maurice"), maintains=(LASER,)))
    yield place
    place.end()


class Laser:
    """The laser of the place, and what its pins process counts."""

    def __init__(self, place: Place, bench: SimBench) -> None:
        self.place, self.bench = place, bench
        self.badges = 0

    @property
    def closed(self) -> bool:
        return bool(self.bench.state()["machines"]["laser"]["closed"])

    @property
    def powered_s(self) -> float:
        return float(self.bench.state()["machines"]["laser"]["powered_s"])

    def begin(self) -> None:
        """Somebody taps, another each time, and there is power."""
        self.badges += 1
        self.bench.do("tap", reader="laser", credential=(AMINA, ZOE)[self.badges % 2])
        until(lambda: self.closed, "no power")

    def off_after(self, since_s: float) -> float:
        """Seconds from then until the contactor opened."""
        opened = self.bench.wait_for(
            lambda event: event["event"] == "power" and not event["closed"], WAIT_S
        )
        return float(opened["at"]) - since_s

    def ended(self, number: int) -> wire.SessionEnded:
        """The end of the session of that number, and no other end of it."""
        started = [e for e in self.place.hub.told() if isinstance(e, wire.SessionStarted)]
        assert len(started) == number
        found = self.place.hub.wait_event(
            lambda e: isinstance(e, wire.SessionEnded) and e.session_id == started[-1].session_id
        )
        assert isinstance(found, wire.SessionEnded)
        ends = [e.session_id for e in self.place.hub.told() if isinstance(e, wire.SessionEnded)]
        assert len(ends) == len(set(ends)) == number
        return found

    def resets(self) -> int:
        """How often its fault has been reset."""
        return sum(isinstance(event, wire.FaultReset) for event in self.place.hub.told())

    def reset(self) -> None:
        """Maurice, who maintains it, taps; its fault is gone."""
        before = self.resets()
        self.bench.do("tap", reader="laser", credential=MAURICE)
        until(lambda: self.resets() > before, "the fault is not reset")

    def known(self, number: int) -> bool:
        """Whether so many sessions have been told to have started."""
        told = self.place.hub.told()
        return sum(isinstance(event, wire.SessionStarted) for event in told) == number


@pytest.fixture
def laser(place: Place) -> Iterator[Laser]:
    with SimBench(place.socket) as bench:
        bench.watch("power")
        yield Laser(place, bench)


def restarted(place: Place) -> subprocess.Popen[str]:
    """The next process of the agent, once it is there."""
    place.hub.wait(Channel.STATUS, lambda status: not status.online)
    place.hub.forget_messages()
    agent = place.start_agent()
    place.hub.wait(Channel.STATUS, lambda status: status.online)
    return agent


def test_killed(place: Place, laser: Laser) -> None:
    """Off within the switch's own limit, and not on again; each session ends once.

    A computer that stands still for longer than the switch waits ends a session before the kill.
    """
    agent = place.start_agent()
    place.in_step()
    for number in range(1, ROUNDS + 1):
        before_s = laser.powered_s
        laser.begin()
        until(lambda number=number: laser.known(number), "the session is not told")  # type: ignore[misc]
        threading.Event().wait(random.uniform(0.0, 1.5))
        died_s = time.monotonic()
        agent.send_signal(signal.SIGKILL)
        agent.wait(timeout=WAIT_S)
        off_s = laser.off_after(died_s)
        assert off_s <= OFF_WITHIN_S
        agent = restarted(place)
        ended = laser.ended(number)
        assert not laser.closed
        assert ended.powered_s == pytest.approx(laser.powered_s - before_s, abs=CLOSE_S)
        if off_s < 0 and ended.cause == "switch_failed":
            laser.reset()
            continue
        assert ended.cause == "agent_restarted"
        assert 0 < ended.gap_s <= OFF_WITHIN_S


def test_hung(place: Place, laser: Laser) -> None:
    """Off within the switch's own limit; what the agent finds when it wakes is a latched fault."""
    agent = place.start_agent()
    place.in_step()
    for number in range(1, ROUNDS + 1):
        before_s = laser.powered_s
        laser.begin()
        until(lambda number=number: laser.known(number), "the session is not told")  # type: ignore[misc]
        threading.Event().wait(random.uniform(0.0, 1.5))
        hung_s = time.monotonic()
        agent.send_signal(signal.SIGSTOP)
        try:
            assert laser.off_after(hung_s) <= OFF_WITHIN_S
            threading.Event().wait(random.uniform(HUNG_S, 2 * HUNG_S))
            assert not laser.closed
        finally:
            agent.send_signal(signal.SIGCONT)
        ended = laser.ended(number)
        assert (ended.cause, laser.closed) == ("switch_failed", False)
        assert ended.powered_s == pytest.approx(laser.powered_s - before_s, abs=CLOSE_S)
        assert 0 < ended.gap_s <= OFF_WITHIN_S
        laser.reset()


@pytest.mark.parametrize(
    "place", [CONFIG.replace(SWITCH, RELAY).replace(METER, "")], ids=["relay"], indirect=True
)
def test_held_through_a_kill(place: Place, laser: Laser) -> None:
    """A latching relay with `hold`: power and session go on; the gap is told, and no more."""
    bus = Bus(place.folder / "bus")
    try:
        _held(place, laser, bus)
    finally:
        for agent in place.agents:
            if agent.poll() is None:
                agent.send_signal(signal.SIGKILL)
                agent.wait(timeout=WAIT_S)
        bus.end()


def _held(place: Place, laser: Laser, bus: Bus) -> None:
    free = Requirement(subscription=False)
    point = AccessPoint(id=LASER, kind=PointKind.MACHINE, commissioned=True, requirement=free)
    place.hub.learn(("point", LASER, point))
    agent = place.start_agent()
    place.in_step()
    for number in range(1, max(1, ROUNDS // 3) + 1):
        badge = (AMINA, ZOE)[number % 2]
        laser.bench.do("tap", reader="laser", credential=badge)
        until(lambda: bus.is_on, "no power", place)
        until(lambda number=number: laser.known(number), "the session is not told")  # type: ignore[misc]
        began_s = bus.moves[-1][0]
        threading.Event().wait(random.uniform(0.0, 1.5))
        agent.send_signal(signal.SIGKILL)
        agent.wait(timeout=WAIT_S)
        died_s = time.monotonic()
        agent = restarted(place)
        first = place.hub.wait(Channel.POINT, lambda p: p.state is not State.LOCKED)
        assert first.state in (State.ARMED, State.RUNNING), (first, place.hub.told()[-6:])
        back_s = time.monotonic()
        assert bus.is_on
        assert bus.moves[-1][0] == began_s
        laser.bench.do("tap", reader="laser", credential=badge)
        until(lambda: not bus.is_on, "it stays on")
        ended = laser.ended(number)
        assert ended.cause == "badge_out"
        assert ended.powered_s == pytest.approx(bus.moves[-1][0] - began_s, abs=CLOSE_S)
        assert 0 < ended.gap_s <= back_s - died_s + CLOSE_S

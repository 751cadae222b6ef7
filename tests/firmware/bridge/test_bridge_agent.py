"""The main job through the bridge: a whole agent, the shipped firmware, and the relay's timeline.

Times are CPU cycles of the simulated ATmega328P. LOQUET_KILLS says how often the agent is killed.
"""

import os
import random
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.domain.facts import Holder
from controller.domain.ids import CredentialId
from controller.wire import events as wire
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.firmware.bridge.mcu import CYCLES_PER_MS, ESTOP, Mcu
from tests.support.agent_place import AMINA, WAIT_S, Place

pytestmark = pytest.mark.needs("avr-gcc")
MAINTAINER = CredentialId("em:0000000009")
CARD_GONE_S = 0.5
"""After this the same card is another tap."""
KILLS = int(os.environ.get("LOQUET_KILLS", "5"))
TTL_MS, LATE_MS = 800, 20
CONFIG = """
[agent]
id = "pi-1"
state_dir = "state"
pins = "sim:{folder}/pins.sock"
clock = "trusted"
[[agent.access_point]]
id = "laser"
kind = "machine"
reader = {{ driver = "em4100_serial", port = "{folder}/laser" }}
power = {{ driver = "bridge", port = "{port}", relay = 0, ttl_ms = {ttl_ms} }}
inputs = {{ estop = {{ driver = "bridge", port = "{port}", input = 8 }} }}
"""


@pytest.fixture
def place(mcu: Mcu, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place whose laser is gated by the microcontroller."""
    folder: Path = tmp_path_factory.mktemp("a")
    place = Place(folder)
    place.config.write_text(CONFIG.format(folder=folder, port=mcu.link, ttl_ms=TTL_MS))
    place.teach()
    yield place
    place.end()


@pytest.fixture
def bench(place: Place) -> Iterator[SimBench]:
    with SimBench(place.socket) as bench:
        yield bench


def start(place: Place) -> subprocess.Popen[str]:
    """Start the agent, and wait until it has the policy and knows its E-stop to be released."""
    place.hub.forget_messages()
    agent = place.start_agent()
    place.in_step()
    place.hub.wait(Channel.POINT, lambda point: point.available)
    return agent


def _type(line: dict[str, str]) -> str:
    """The type of a frame that the chip sends, which stands in its third byte."""
    return line.get("frame", "")[4:6]


def tap_on(bench: SimBench, mcu: Mcu, since: int) -> None:
    """A certified member's badge, held until the reader is listened to, closes the relay."""
    bench.do("place", reader="laser", credential=AMINA)
    mcu.relay(1, since)
    bench.do("lift", reader="laser")


def reset_on_the_spot(place: Place, bench: SimBench) -> None:
    """A maintainer taps until the agent, which may not have seen the release yet, obeys."""

    def told_more() -> bool:
        return len(place.hub.told()) > before

    while not any(isinstance(event, wire.FaultReset) for event in place.hub.told()):
        before = len(place.hub.told())
        threading.Event().wait(CARD_GONE_S)
        bench.do("tap", reader="laser", credential=MAINTAINER)
        place.hub.wait_event(lambda event: told_more())


def test_the_relay_follows_taps_and_the_estop(place: Place, bench: SimBench, mcu: Mcu) -> None:
    """Also after the E-stop: released and reset on the spot, the next grant ends both latches."""
    place.let_in(MAINTAINER, Holder(member="maurice", maintains=("laser",)))  # type: ignore[arg-type]
    start(place)
    tap_on(bench, mcu, 0)
    session = place.hub.wait_event(lambda event: isinstance(event, wire.SessionStarted))
    assert session.access_point == "laser"
    since = len(mcu.lines)
    mcu.do(f"pin {ESTOP} 1")
    mcu.relay(0, since)
    raised = place.hub.wait_event(
        lambda event: isinstance(event, wire.FaultRaised) and event.fault == "estop"
    )
    assert raised.access_point == "laser"
    mcu.do(f"pin {ESTOP} 0")
    reset_on_the_spot(place, bench)
    assert not mcu.relay_is_closed()
    tap_on(bench, mcu, since)


def test_an_estop_pressed_while_no_agent_ran_is_reset_on_the_spot_before_power(
    place: Place, bench: SimBench, mcu: Mcu
) -> None:
    place.let_in(MAINTAINER, Holder(member="maurice", maintains=("laser",)))  # type: ignore[arg-type]
    mcu.do(f"pin {ESTOP} 1")
    mcu.wait(lambda line: _type(line) == "93")
    since = len(mcu.lines)
    mcu.do(f"pin {ESTOP} 0")
    mcu.wait(lambda line: _type(line) == "91", since)
    place.start_agent()
    place.hub.wait_event(
        lambda event: isinstance(event, wire.FaultRaised) and event.fault == "estop"
    )
    reset_on_the_spot(place, bench)
    assert not mcu.relay_is_closed()
    tap_on(bench, mcu, since)


def test_a_stopped_agent_loses_power_in_time_and_does_not_bring_it_back(
    place: Place, bench: SimBench, mcu: Mcu
) -> None:
    agent = start(place)
    tap_on(bench, mcu, 0)
    agent.send_signal(signal.SIGSTOP)
    stopped = mcu.now()
    since = len(mcu.lines)
    opened = mcu.relay(0)["cycle"]
    assert opened - stopped <= (TTL_MS + LATE_MS) * CYCLES_PER_MS
    agent.send_signal(signal.SIGCONT)
    place.hub.wait_event(
        lambda event: isinstance(event, wire.FaultRaised) and event.device == "power"
    )
    mcu.now()
    assert not [line for line in mcu.lines[since:] if line.get("pin") and line["level"] == 1]


def test_no_power_outlasts_an_agent_killed_at_any_moment(
    place: Place, bench: SimBench, mcu: Mcu
) -> None:
    chance = random.Random(int.from_bytes(os.urandom(4), "big"))
    for _ in range(KILLS):
        agent = start(place)
        since = len(mcu.lines)
        assert not mcu.relay_is_closed()
        tap_on(bench, mcu, since)
        threading.Event().wait(chance.uniform(0, 1.2))
        agent.send_signal(signal.SIGKILL)
        agent.wait(WAIT_S)
        dead = mcu.now()
        opened = int(mcu.relay(0, since)["cycle"])
        late_ms = (opened - dead) / CYCLES_PER_MS
        print(f"open {late_ms:.0f} ms after death")
        assert late_ms <= TTL_MS + LATE_MS
        heard = max(line["cycle"] for line in mcu.lines if _type(line) in ("82", "83"))
        assert opened - heard <= (TTL_MS + LATE_MS) * CYCLES_PER_MS

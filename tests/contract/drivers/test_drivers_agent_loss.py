"""A process that drives a switch is killed, stopped or hangs: what its power does.

That it drops is waited for, as an event of the pins process; how soon is `LIMIT_MS`, which the
driver's options can't exceed: the last edge comes at most `stale_ms` and a half period after the
last renewal, and the circuit holds `hold_ms`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from devices.drivers.gpio.pulse import LIMIT_MS, GpioPulse
from devices.sim.client import SimBench
from tests.contract.drivers.rig import BOARD
from tests.support.pins import Pins
from tests.support.tree import ROOT

HOLDER = Path(__file__).with_name("power_holder.py")
Holder = subprocess.Popen[str]


class Holders:
    """Starts processes that hold a switch on."""

    def __init__(self, pins: Pins) -> None:
        self._socket = pins.socket
        self._running: list[Holder] = []

    def start(self, driver: str, pin: int) -> Holder:
        """Start one, and wait until its switch is on."""
        holder = subprocess.Popen(
            [sys.executable, str(HOLDER), self._socket, BOARD, driver, str(pin)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._running.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "on\n"
        return holder

    def end(self) -> None:
        """End those that still run."""
        for holder in self._running:
            holder.kill()
            holder.communicate()


@pytest.fixture
def holders(pins: Pins) -> Iterator[Holders]:
    holders = Holders(pins)
    yield holders
    holders.end()


def _pump_drops(bench: SimBench) -> None:
    bench.wait_for(lambda event: event["event"] == "pump" and not event["high"])


def test_the_sum_of_what_it_takes_to_drop_is_the_promise() -> None:
    kept = GpioPulse.Options(pin=17, half_period_ms=50, stale_ms=250, hold_ms=200)
    assert kept.problem() is None
    assert LIMIT_MS == kept.half_period_ms + kept.stale_ms + kept.hold_ms == 500
    longer = msgspec.structs.replace(kept, stale_ms=251)
    assert longer.problem() == (
        "stale_ms",
        "with half_period_ms and hold_ms it must be at most 500",
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=lambda n: n.name)
def test_a_pulsed_switch_drops_in_time_when_its_process_dies_or_stops(
    number: signal.Signals, holders: Holders, bench: SimBench
) -> None:
    bench.watch("pump", "power")
    holder = holders.start("gpio_pulse", 17)
    bench.wait_for(lambda event: event["event"] == "power" and event["closed"])
    os.kill(holder.pid, number)
    _pump_drops(bench)
    assert not bench.state()["machines"]["laser"]["closed"]


def test_a_hung_loop_drops_a_pulsed_switch_in_time_and_for_good(
    holders: Holders, bench: SimBench
) -> None:
    bench.watch("pump")
    holder = holders.start("gpio_pulse", 17)
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.write("hang\n")
    holder.stdin.flush()
    _pump_drops(bench)
    assert "SWITCH_DROPPED" in (said := holder.stdout.readline())
    assert said.rstrip().endswith("off")


def test_power_does_not_come_back_when_a_stopped_process_goes_on(
    holders: Holders, bench: SimBench
) -> None:
    bench.watch("pump", "power")
    holder = holders.start("gpio_pulse", 17)
    assert holder.stdin is not None
    assert holder.stdout is not None
    os.kill(holder.pid, signal.SIGSTOP)
    _pump_drops(bench)
    holder.stdin.write("hang\n")
    holder.stdin.flush()
    os.kill(holder.pid, signal.SIGCONT)
    assert "SWITCH_DROPPED" in holder.stdout.readline()
    assert not bench.state()["machines"]["laser"]["closed"]
    assert not [event for event in bench.events(0.3) if event.get("high") or event.get("closed")]


def test_a_plain_pin_keeps_its_level_when_its_process_is_killed(
    holders: Holders, bench: SimBench
) -> None:
    bench.watch("power")
    holder = holders.start("gpio", 18)
    bench.wait_for(lambda event: event["machine"] == "saw" and event["closed"])
    holder.kill()
    holder.wait()
    assert bench.do("read", board=BOARD, pin=18)["level"] == 1
    assert bench.state()["machines"]["saw"]["closed"], "which is why dangerous points refuse it"


def test_a_pulsed_pin_may_stay_high_while_the_power_is_gone(
    holders: Holders, bench: SimBench
) -> None:
    bench.watch("edge", "pump")
    holder = holders.start("gpio_pulse", 17)
    bench.wait_for(lambda event: event["event"] == "edge" and event["level"] == 1)
    holder.kill()
    _pump_drops(bench)
    level = bench.do("read", board=BOARD, pin=17)["level"]
    assert bench.do("read", board=BOARD, pin=17)["level"] == level
    assert not bench.state()["machines"]["laser"]["closed"]


def test_a_pulsed_switch_stays_on_while_it_is_renewed(holders: Holders, bench: SimBench) -> None:
    bench.watch("pump", "power")
    holders.start("gpio_pulse", 17)
    bench.wait_for(lambda event: event["event"] == "power" and event["closed"])
    assert list(bench.events(1.5)) == []
    assert bench.state()["machines"]["laser"]["powered_s"] >= 1.5

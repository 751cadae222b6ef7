"""The UPS says *two minutes*: everything is told to stop at once, and then the power goes.

NUT calls `systemctl poweroff`, and systemd sends SIGTERM to all units at the same moment; what
has not ended when the battery is empty is cut. `LOQUET_SEED` takes other moments.
"""

import os
import signal
import threading
import time
from configparser import ConfigParser
from pathlib import Path
from random import Random

import pytest

from controller.wire import events as wire
from devices.sim.client import SimBench
from tests.devices.whole.agent_whole import is_a, power, tap
from tests.support.agent_place import AMINA, WAIT_S, Place
from tests.support.tree import ROOT

pytestmark = pytest.mark.needs("mosquitto")

SEED = int(os.environ.get("LOQUET_SEED", "20261126"))
UPS_S = 120.0
CLOSE_S = 1.0
AFTER = {"loquet-broker.service": "loquet-serve.service"}
"""Of two that stop one after the other: systemd ends a unit before what it was started after."""


def test_what_stops_in_time_is_whole_after_the_cut(tmp_path: Path) -> None:
    """The broker may go first: what it could not pass on is told after the power is back."""
    dice = Random(SEED)
    place = Place(tmp_path)
    try:
        with SimBench(place.socket) as bench:
            bench.watch("power")
            place.teach()
            agent = place.start_agent()
            place.in_step()
            tap(bench, AMINA)
            power(bench, True)
            place.hub.wait_event(is_a(wire.SessionStarted, member="amina"))
            threading.Event().wait(dice.uniform(0.0, 1.0))
            said_s = time.monotonic()
            place.broker.kill()
            agent.send_signal(signal.SIGTERM)
            power(bench, False)
            assert agent.wait(timeout=WAIT_S) == 0
            assert time.monotonic() - said_s < UPS_S
            powered_s = bench.state()["machines"]["laser"]["powered_s"]
            place.broker.start()
            place.start_agent()
            ended = place.hub.wait_event(is_a(wire.SessionEnded, member="amina"))
            assert isinstance(ended, wire.SessionEnded)
            assert ended.gap_s == 0, "it saw all of it, and wrote it down"
            assert ended.powered_s == pytest.approx(powered_s, abs=CLOSE_S)
            place.in_step()
            assert not bench.state()["machines"]["laser"]["closed"]
            ends = [event for event in place.hub.told() if isinstance(event, wire.SessionEnded)]
            assert len(ends) == 1
    finally:
        place.end()


def test_all_units_stop_within_what_a_ups_promises() -> None:
    """Also when each takes all the time that it may, one after the other."""
    longest = {}
    for file in (ROOT / "systemd").glob("*.service"):
        unit = ConfigParser(strict=False, interpolation=None)
        unit.read(file)
        longest[file.name] = float(unit["Service"].get("TimeoutStopSec", "90"))
    chains = [longest[first] + longest[then] for first, then in AFTER.items()]
    assert max([*chains, *longest.values()]) < UPS_S / 2

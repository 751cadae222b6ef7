"""The demo's supervisor does after an agent's end what systemd does: its outputs go off."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from controller.cli.demo.people import AMINA
from controller.cli.demo.start import start
from devices.sim.client import SimBench
from tests.faults.conftest import badge

pytestmark = pytest.mark.needs("mosquitto")

AGENT, PRINTER = "atelier-3d", "imprimante-1"
WAIT_S = 180.0


def test_a_killed_agents_power_goes_off_before_it_is_started_again(tmp_path: Path) -> None:
    """Its pin keeps its level when it dies, and nothing but the stand-in puts it off."""
    demo = start(tmp_path, 0, lambda _: None)
    try:
        with SimBench(str(demo.layout.socket)) as bench:
            bench.watch("power")

            def told(event: dict[str, Any], closed: bool) -> bool:
                wanted = {"event": "power", "machine": PRINTER, "closed": closed}
                return wanted.items() <= event.items()

            bench.do("tap", reader=PRINTER, credential=badge(AMINA))
            bench.wait_for(lambda event: told(event, True), WAIT_S)
            agent = demo.agents[AGENT]
            agent.stays_down = True  # it stays dead: what puts the power off is not its next start
            os.kill(agent.pid, signal.SIGKILL)
            bench.wait_for(lambda event: told(event, False), WAIT_S)
            assert agent.popen is not None
            assert agent.popen.poll() == -signal.SIGKILL
    finally:
        demo.place.stop()

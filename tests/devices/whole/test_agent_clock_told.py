"""That an agent's clock has become right is said at once, not with the next telemetry."""

import threading
import time
from types import SimpleNamespace

from controller.settings.reading import load
from controller.wire.topics import Channel
from devices.agent.agent import Agent
from devices.agent.agent_state import TimeSource
from devices.agent.enrolment.identity import Identity
from devices.agent.link.telemetry import EVERY_S
from tests.support.agent_place import WAIT_S, Place

LOOK_S = 6.0
"""After so long it asks the kernel again."""


def test_a_clock_that_has_become_right_is_told_before_telemetry_is_due(place: Place) -> None:
    place.config.write_text(place.config.read_text().replace('"trusted"', '"auto"'))
    hands = SimpleNamespace(mono=time.monotonic(), synchronised=False)
    source = TimeSource(mono=lambda: hands.mono, synchronised=lambda: hands.synchronised)
    agent = Agent(load(place.config), Identity.load(place.folder / "state"), source=source)
    running = threading.Thread(target=agent.run)
    running.start()
    try:
        place.hub.wait(Channel.TELEMETRY, lambda told: not told.clock_trusted)
        assert LOOK_S < EVERY_S
        hands.synchronised, hands.mono = True, hands.mono + LOOK_S
        agent.loop.put(lambda: None)
        place.hub.wait(Channel.TELEMETRY, lambda told: told.clock_trusted)
    finally:
        agent.stop()
        running.join(WAIT_S)

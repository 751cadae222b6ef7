"""Real clocks that tests move by hand, real SQLite files, and events to put into a journal."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from controller.domain.ids import AccessPointId
from controller.wire.events import Event, Rex
from devices.agent.clock import Clock
from devices.agent.journal.ledger import Recorder
from tests.devices.agent.agent_rig import Rig
from tests.devices.agent.agent_time import BOOT, Hands, Time


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(hands: Hands) -> Clock:
    return Time(hands).clock()


@pytest.fixture
def recorder(clock: Clock) -> Recorder:
    return Recorder(BOOT, clock)


@pytest.fixture
def some(recorder: Recorder) -> Callable[[int], list[Event]]:
    """Makes so many events."""

    def make(count: int) -> list[Event]:
        return [recorder.event(Rex, AccessPointId("door-1")) for _ in range(count)]

    return make


@pytest.fixture
def random() -> Random:
    return Random(7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def rig(folder: Path, hands: Hands) -> Iterator[Rig]:
    rig = Rig(folder, hands, BOOT)
    yield rig
    rig.stop()

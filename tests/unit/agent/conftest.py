"""Real clocks that tests move by hand, real SQLite files, and events to put into a journal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.wire.events import Event, Rex
from devices.agent.clock import Clock, ClockMode
from devices.agent.recorder import Recorder

BOOT = "0b5c0f6e-7f5e-4c51-9d0e-3a4a3c1d2e3f"
NOON = Utc.parse("2026-03-02T12:00:00.000Z")


@dataclass
class Hands:
    """The hands of a clock."""

    mono_s: float = 1000.0
    wall: Utc = NOON
    synchronised: bool = True

    def pass_(self, seconds: float) -> None:
        """Time passes."""
        self.mono_s += seconds
        self.wall = Utc.of(self.wall + timedelta(seconds=seconds))


@dataclass
class Time:
    """A clock and its hands."""

    hands: Hands = field(default_factory=Hands)

    def clock(self, mode: ClockMode = ClockMode.AUTO, floor: Utc | None = None) -> Clock:
        """A clock that reads these hands."""
        return Clock(
            mode,
            floor,
            synchronised=lambda: self.hands.synchronised,
            mono=lambda: self.hands.mono_s,
            wall=lambda: self.hands.wall.timestamp(),
        )


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

"""A clock whose hands tests move."""

from dataclasses import dataclass, field
from datetime import timedelta

from controller.domain.time import Utc
from devices.agent.clock import Clock, ClockMode

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

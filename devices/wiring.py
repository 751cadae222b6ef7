"""The options that every driver of a port shares, and what a driver is given when it is opened."""

from collections.abc import Callable, Hashable
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Protocol, TypeVar

from msgspec import Meta, Struct

from controller.domain.locale.catalogue import Catalogues
from devices.ports import Cards, DeviceEvent, FailMode

BcmPin = Annotated[int, Meta(ge=0, le=27, description="a BCM pin number from 0 to 27")]
Watts = Annotated[float, Meta(ge=0, le=100_000, description="watts from 0 to 100000")]


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A driver's options. Every field has a Meta description, which error messages quote."""

    def problem(self) -> tuple[str, str] | None:
        """What types alone can't say: a key and what is wrong with it, or None."""
        return None


class ReaderOptions(Options, frozen=True, kw_only=True):
    """Common to all readers."""


class OnAgentLoss(StrEnum):
    """What becomes of the power when the agent dies."""

    OFF = "off"
    HOLD = "hold"


class PowerOptions(Options, frozen=True, kw_only=True):
    """Common to all power switches."""

    on_agent_loss: Annotated[
        OnAgentLoss, Meta(description='"off", or "hold" for a switch that latches')
    ] = OnAgentLoss.OFF


class StrikeOptions(Options, frozen=True, kw_only=True):
    """Common to all strikes."""

    fail: Annotated[
        FailMode,
        Meta(description='"fail_safe" (released without power) or "fail_secure" (locked without)'),
    ]


class Cuts(StrEnum):
    """What an open safety input takes away."""

    DANGEROUS = "dangerous"
    ALL = "all"


class InputOptions(Options, frozen=True, kw_only=True):
    """Common to all inputs."""

    cuts: Annotated[
        Cuts, Meta(description='"dangerous" (the main switch), or "all" (the cooling switch too)')
    ] = Cuts.DANGEROUS


class SourceOptions(Options, frozen=True, kw_only=True):
    """Common to whatever tells whether a job runs: meters, and print servers."""


class MeterOptions(SourceOptions, frozen=True, kw_only=True):
    """Common to all meters: the hysteresis between idle and running."""

    running_above_w: Watts = 30.0
    idle_below_w: Watts = 20.0

    def problem(self) -> tuple[str, str] | None:
        """Idle must lie below running."""
        if self.idle_below_w > self.running_above_w:
            return "idle_below_w", f"must not be above running_above_w ({self.running_above_w})"
        return None


class IndicatorOptions(Options, frozen=True, kw_only=True):
    """Common to all indicators."""


class Closable(Protocol):
    """Anything that is let go of by `close()`."""

    def close(self) -> None:
        """Let go."""


T = TypeVar("T", bound=Closable)


class SharedResources:
    """What several devices of one agent share (pins, a serial bus): made once, closed together."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}
        self._closing = ExitStack()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of that key, made by `make` at the first call."""
        if key not in self._made:
            self._made[key] = made = make()
            self._closing.callback(made.close)
        thing: T = self._made[key]
        return thing

    def close(self) -> None:
        """Close everything, the last made first. Call it after closing the devices."""
        self._made.clear()
        self._closing.close()


@dataclass(frozen=True, slots=True)
class Context:
    """What a driver is given when it is opened."""

    device: str
    """Its name in every event, unique in the agent: `laser-1/reader`, `laser-1/inputs.estop`."""
    emit: Callable[[DeviceEvent], None]
    """Puts an event on the agent's queue; called from any thread."""
    agent: str = "agent"
    """The agent's id, which is the board's name among simulated pins."""
    pins: str = "auto"
    """`[agent] pins`: gpiozero's choice, or `sim:SOCKET`."""
    shared: SharedResources = field(default_factory=SharedResources)
    """The same object for all devices of an agent."""
    take_up: bool = False
    """Open a latching switch without moving its output, to take up a held machine."""
    cards: Cards | None = None
    """For a reader that can ask a card for more than its number."""
    words: Catalogues = field(default_factory=Catalogues)
    """For a display or a voice: what is not in a message."""

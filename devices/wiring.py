"""Options that all drivers of a port share, and the context with which a driver is opened."""

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
        """Check what types can't: return the wrong option and what is wrong with it, or None."""
        return None


class ReaderOptions(Options, frozen=True, kw_only=True):
    """Keys that every reader's table accepts, whichever the driver."""


class OnAgentLoss(StrEnum):
    """What happens to a machine's power when the agent dies."""

    OFF = "off"
    HOLD = "hold"


class PowerOptions(Options, frozen=True, kw_only=True):
    """Options of all power switches."""

    on_agent_loss: Annotated[
        OnAgentLoss, Meta(description='"off", or "hold" for a switch that latches')
    ] = OnAgentLoss.OFF


class StrikeOptions(Options, frozen=True, kw_only=True):
    """Options of all strikes."""

    fail: Annotated[
        FailMode,
        Meta(description='"fail_safe" (released without power) or "fail_secure" (locked without)'),
    ]


class Cuts(StrEnum):
    """Which outputs an open safety input switches off."""

    DANGEROUS = "dangerous"
    ALL = "all"


class InputOptions(Options, frozen=True, kw_only=True):
    """Keys that every input's table accepts, whichever the driver."""

    cuts: Annotated[
        Cuts, Meta(description='"dangerous" (the main switch), or "all" (the cooling switch too)')
    ] = Cuts.DANGEROUS


class JobSensorOptions(Options, frozen=True, kw_only=True):
    """Options of every device that detects whether a job runs: meters and print servers."""


class MeterOptions(JobSensorOptions, frozen=True, kw_only=True):
    """Options of all meters: the hysteresis between idle and running."""

    running_above_w: Watts = 30.0
    idle_below_w: Watts = 20.0

    def problem(self) -> tuple[str, str] | None:
        """Check that the idle threshold is not above the running one."""
        if self.idle_below_w > self.running_above_w:
            return "idle_below_w", f"must not be above running_above_w ({self.running_above_w})"
        return None


class IndicatorOptions(Options, frozen=True, kw_only=True):
    """Keys that every indicator's table accepts, whichever the driver."""


class Closable(Protocol):
    """Anything that has a `close()`."""

    def close(self) -> None:
        """Release the resource."""


T = TypeVar("T", bound=Closable)


class SharedResources:
    """Resources that several devices of an agent share (pins, a serial bus), each opened once."""

    def __init__(self) -> None:
        self._resources: dict[Hashable, Any] = {}
        self._closing = ExitStack()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the resource with this key; `make` creates it at the first call."""
        if key not in self._resources:
            self._resources[key] = resource = make()
            self._closing.callback(resource.close)
        thing: T = self._resources[key]
        return thing

    def close(self) -> None:
        """Close all resources, the last opened first. Call it after closing the devices."""
        self._resources.clear()
        self._closing.close()


@dataclass(frozen=True, slots=True)
class Context:
    """What a driver gets when it is opened."""

    device: str
    """The device's name in events, unique in the agent: `laser-1/reader`,
    `laser-1/inputs.estop`."""
    emit: Callable[[DeviceEvent], None]
    """Puts an event on the agent's queue; any thread may call it."""
    agent: str = "agent"
    """The agent's id, which is also the board's name among simulated pins."""
    pins: str = "auto"
    """The configuration's `[agent] pins`: `auto` for gpiozero's choice, or `sim:SOCKET`."""
    shared: SharedResources = field(default_factory=SharedResources)
    """The same object for all devices of an agent."""
    take_up: bool = False
    """Whether to open a latching switch without moving its output, because its machine was kept
    on."""
    cards: Cards | None = None
    """Reads more of a card than its number; None: not supported at this agent."""
    words: Catalogues = field(default_factory=Catalogues)
    """Texts for displays and voices that are not part of a message."""

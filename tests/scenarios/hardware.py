"""Simulated hardware in this process and in simulated time: the bench's models, and drivers."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from controller.domain.facts import PointKind
from controller.domain.ids import AccessPointId
from devices.ports import (
    DeviceError,
    DeviceEvent,
    FailMode,
    Fault,
    FaultCleared,
    FaultKind,
    Flash,
    InputChanged,
    Look,
    Message,
    MeterReading,
    MeterSampled,
    SwitchCapabilities,
    SwitchReported,
    SwitchState,
)
from devices.sim.door import Door
from devices.sim.machine import Machine
from devices.sim.specs import DoorSpec, MachineSpec
from devices.wiring import Context, Options
from tests.scenarios.script import Scenario

BOARD = "pi-1"
SILENT_AFTER_S = 3.0
Emit = Callable[[DeviceEvent], None]


@dataclass
class Relay:
    """What a pin drives; it keeps its level when the agent dies, but for its own time limit."""

    name: str
    limit_s: float | None = None
    latching: bool = False
    is_on: bool = False
    renewed_s: float = 0.0
    broken: bool = False
    mute: bool = False
    """It cannot be asked, nor told."""
    wants_on: bool = False
    """What the agent wants of it; the driver holds to it once it can be told again."""
    mark: int = 1

    def due(self) -> float | None:
        """When its time limit puts it off."""
        return self.renewed_s + self.limit_s if self.is_on and self.limit_s is not None else None


@dataclass
class Hardware:
    """One board's bench. Drivers come and go with the agent; `now` is the scenario's time."""

    scenario: Scenario
    now: Callable[[], float]
    relays: dict[str, Relay] = field(default_factory=dict)
    inputs: dict[str, bool | None] = field(default_factory=dict)
    strikes: dict[str, float] = field(default_factory=dict)
    """Until when each strike is released by its own timer."""
    silent_s: dict[str, float] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    flashes: dict[str, list[Flash]] = field(default_factory=dict)
    listeners: dict[str, Emit] = field(default_factory=dict)
    """What hears of each device, while an agent runs."""

    def __post_init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.doors: dict[str, Door] = {}
        for name, wiring in self.scenario.wiring.items():
            if self.scenario.points[name].kind is PointKind.DOOR:
                spec = DoorSpec(name=name, board=BOARD, pin=0, fail=wiring.fail)  # type: ignore[arg-type]
                self.doors[name] = Door(spec, self._said)
            else:
                self.machines[name] = Machine(
                    MachineSpec(name=name, board=BOARD, pin=0), self._said
                )
            self.relays[name] = Relay(name, wiring.limit_s, wiring.hold)
            self.relays[f"{name}/cooling"] = Relay(f"{name}/cooling")
            self.inputs |= {f"{name}/inputs.{one}": False for one in self.scenario.inputs(name)}

    def drive(self, relay: Relay, on: bool) -> None:
        """Move a relay."""
        relay.is_on, relay.renewed_s = on, self.now()
        if relay.name in self.machines:
            self.machines[relay.name].edge(float(on), self.now())

    def mute(self, name: str) -> None:
        """The wire to a switch, or its broker, is cut."""
        self.relays[name].mute, device = True, f"{name}/power"
        self.emit(device, Fault(device, FaultKind.SWITCH_UNREACHABLE, "no answer"))
        self.emit(device, SwitchReported(device, SwitchState.UNKNOWN, self.now()))

    def unmute(self, name: str) -> None:
        """It answers: off goes out at once, and one that went off by itself stays so."""
        relay, device = self.relays[name], f"{name}/power"
        relay.mute = False
        if relay.is_on and not relay.wants_on:
            self.drive(relay, False)
        self.emit(device, FaultCleared(device, FaultKind.SWITCH_UNREACHABLE))
        if relay.wants_on and not relay.is_on:
            self.emit(device, Fault(device, FaultKind.SWITCH_DROPPED, "it went off by itself"))
        read = SwitchState.ON if relay.is_on else SwitchState.OFF
        self.emit(device, SwitchReported(device, read, self.now()))

    def emit(self, device: str, event: DeviceEvent) -> None:
        """Tell the agent, if one runs."""
        if device in self.listeners:
            self.listeners[device](event)

    def deadline(self) -> float | None:
        """When `tick` has something to do."""
        dues = [door.deadline for door in self.doors.values()]
        dues += [relay.due() for relay in self.relays.values()]
        dues += [*self.strikes.values(), *self.silent_s.values()]
        return min((due for due in dues if due is not None), default=None)

    def tick(self) -> None:
        """Time has passed."""
        now = self.now()
        for door in self.doors.values():
            door.tick(now)
        for name, relay in self.relays.items():
            if (due := relay.due()) is not None and due <= now:
                self.drive(relay, False)
                device = f"{name}/power"
                self.emit(device, Fault(device, FaultKind.SWITCH_DROPPED, "not renewed"))
        for name, until_s in list(self.strikes.items()):
            if until_s <= now:
                del self.strikes[name]
                self.doors[name].edge(self.locked_level(name), now)
        for name, at_s in list(self.silent_s.items()):
            if at_s <= now:
                del self.silent_s[name]
                self._lost(name)

    def locked_level(self, name: str) -> float:
        """The level at which a strike locks."""
        return float(self.doors[name].spec.fail == "fail_safe")

    def _lost(self, name: str) -> None:
        device = f"{name}/meter"
        self.emit(device, Fault(device, FaultKind.METER_SILENT, "nothing from the meter"))
        self.emit(device, MeterSampled(device, MeterReading(), self.now()))

    def _said(self, kind: str, at: float, **fields: Any) -> None:
        """The bench moved: contacts and meters tell the agent."""
        if kind == "meter":
            device = f"{fields['machine']}/meter"
            reading = MeterReading(watts=fields["watts"])
            self.emit(device, FaultCleared(device, FaultKind.METER_SILENT))
            self.emit(device, MeterSampled(device, reading, at))
        elif kind == "door":
            self.input(f"{fields['door']}/inputs.contact", fields["open"])

    def state(self) -> dict[str, Any]:
        """As the bench's own picture."""
        return {
            "machines": {name: one.state(self.now()) for name, one in self.machines.items()},
            "doors": {name: one.state() for name, one in self.doors.items()},
        }

    def input(self, device: str, active: bool | None) -> None:
        """An input changes."""
        if self.inputs.get(device) != active:
            self.inputs[device] = active
            self.emit(device, InputChanged(device, active, self.now()))


class DriverOptions(Options, frozen=True, kw_only=True):
    """None of their own."""


class Driver:
    """Makes the devices of one point, as an entry point's class would."""

    Options = DriverOptions

    def __init__(self, hardware: Hardware, make: Callable[..., Any]) -> None:
        self._hardware, self._make = hardware, make
        self.capabilities: SwitchCapabilities | None = None

    def __call__(self, options: Any, context: Context) -> Any:
        self._hardware.listeners[context.device] = context.emit
        return self._make(self._hardware, context)

    def capabilities_of(self, _: Any) -> SwitchCapabilities:
        """What the switch does without the agent."""
        assert self.capabilities is not None
        return self.capabilities


class Device:
    """What all of them have."""

    def __init__(self, hardware: Hardware, context: Context) -> None:
        self.hardware, self.device = hardware, context.device
        self.point = AccessPointId(context.device.partition("/")[0])

    def close(self) -> None:
        """Let go."""
        self.hardware.listeners.pop(self.device, None)


class Switch(Device):
    """A power switch on a relay."""

    def __init__(self, hardware: Hardware, context: Context) -> None:
        super().__init__(hardware, context)
        cooling = context.device.endswith("/cooling")
        self.relay = hardware.relays[context.device if cooling else self.point]
        self.relay.wants_on = context.take_up and self.relay.is_on
        if self.relay.mute:
            hardware.mute(self.point)
        elif not context.take_up:
            hardware.drive(self.relay, False)

    @property
    def capabilities(self) -> SwitchCapabilities:
        return capabilities(self.relay)

    @property
    def boot(self) -> str | None:
        can_tell = self.relay.latching and not self.relay.mute
        return f"mark-{self.relay.mark}" if can_tell else None

    def on(self) -> None:
        self._set(True)

    def off(self) -> None:
        self._set(False)

    def _set(self, on: bool) -> None:
        self.relay.wants_on = on and not self.relay.mute
        if self.relay.broken or self.relay.mute:
            raise DeviceError(f"{self.device}: no answer")
        self.hardware.drive(self.relay, on)
        if on:
            self.hardware.emit(self.device, FaultCleared(self.device, FaultKind.SWITCH_DROPPED))

    def state(self) -> SwitchState:
        if self.relay.mute:
            return SwitchState.UNKNOWN
        return SwitchState.ON if self.relay.is_on else SwitchState.OFF

    def keep_alive(self) -> None:
        self.relay.renewed_s = self.hardware.now()

    def close(self) -> None:
        with suppress(DeviceError):
            self.off()
        super().close()


def capabilities(relay: Relay) -> SwitchCapabilities:
    """What a relay does without the agent."""
    renew = None if relay.limit_s is None else relay.limit_s / 4
    return SwitchCapabilities(relay.limit_s, relay.latching, renew)


class Strike(Device):
    """A strike with its own timer."""

    @property
    def fail_mode(self) -> FailMode:
        return FailMode(self.hardware.doors[self.point].spec.fail)

    def release(self, for_s: float | None = None) -> None:
        hardware = self.hardware
        hardware.strikes.pop(self.point, None)
        if for_s is not None:
            hardware.strikes[self.point] = hardware.now() + for_s
        self._write(1.0 - hardware.locked_level(self.point))

    def lock(self) -> None:
        self.hardware.strikes.pop(self.point, None)
        self._write(self.hardware.locked_level(self.point))

    def released(self) -> bool:
        return self.hardware.doors[self.point].released

    def close(self) -> None:
        self._write(0.0)
        super().close()

    def _write(self, level: float) -> None:
        self.hardware.doors[self.point].edge(level, self.hardware.now())


class Input(Device):
    """A contact."""

    def active(self) -> bool | None:
        return self.hardware.inputs[self.device]


class Meter(Device):
    """A meter, which tells what it shows at once."""

    def __init__(self, hardware: Hardware, context: Context) -> None:
        super().__init__(hardware, context)
        hardware.machines[self.point].tell_meter(hardware.now())

    def reading(self) -> MeterReading:
        return MeterReading(watts=self.hardware.machines[self.point].watts())


class Indicator(Device):
    """Remembers what is shown."""

    def show(self, look: Look, message: Message | None = None) -> None:
        self.hardware.looks[self.point] = look

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        self.hardware.flashes.setdefault(self.point, []).append(flash)

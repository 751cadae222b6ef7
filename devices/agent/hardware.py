"""The hardware of each access point: first checked against the configuration, opened later."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from controller.domain.facts import PointKind
from controller.domain.ids import AccessPointId
from controller.settings import AccessPointSettings, Settings, SettingsError
from devices import registry
from devices.ports import Indicator, Input, Meter, PowerSwitch, Reader, Strike
from devices.registry import Port, WiredDevice
from devices.wiring import (
    Context,
    IndicatorOptions,
    InputOptions,
    JobSensorOptions,
    OnAgentLoss,
    PowerOptions,
    ReaderOptions,
    StrikeOptions,
)


@dataclass(frozen=True, slots=True)
class PointWiring:
    """The wiring of one `[[agent.access_point]]`, with its drivers found and options checked."""

    id: AccessPointId
    kind: PointKind
    settings: AccessPointSettings
    reader: WiredDevice[Reader, ReaderOptions] | None
    power: WiredDevice[PowerSwitch, PowerOptions] | None
    cooling: WiredDevice[PowerSwitch, PowerOptions] | None
    strike: WiredDevice[Strike, StrikeOptions] | None
    meter: WiredDevice[Meter, JobSensorOptions] | None
    indicator: WiredDevice[Indicator, IndicatorOptions] | None
    inputs: dict[str, WiredDevice[Input, InputOptions]]
    job: WiredDevice[Meter, JobSensorOptions] | None = None

    @property
    def sources(self) -> dict[str, JobSensorOptions]:
        """The options of the devices that measure the machine's job, by role (`meter`, `job`)."""
        wired = {"meter": self.meter, "job": self.job}
        return {role: device.options for role, device in wired.items() if device is not None}

    @property
    def wired(self) -> Iterator[WiredDevice[Any, Any]]:
        """All its devices."""
        alone = (
            self.reader,
            self.power,
            self.cooling,
            self.strike,
            self.meter,
            self.job,
            self.indicator,
        )
        return (device for device in (*alone, *self.inputs.values()) if device is not None)

    @property
    def holds(self) -> bool:
        """Whether the power may stay on while the agent is away (`on_agent_loss = "hold"`)."""
        return self.power is not None and self.power.options.on_agent_loss is OnAgentLoss.HOLD


@dataclass(slots=True)
class PointDevices:
    """The open devices of one access point."""

    reader: Reader | None = None
    power: PowerSwitch | None = None
    cooling: PowerSwitch | None = None
    strike: Strike | None = None
    meter: Meter | None = None
    job: Meter | None = None
    indicator: Indicator | None = None
    inputs: dict[str, Input] = field(default_factory=dict)

    def close(self) -> None:
        """Close all devices, those that switch power first."""
        gates = (self.power, self.strike, self.cooling)
        senses = (self.reader, self.meter, self.job)
        for device in (*gates, *senses, *self.inputs.values(), self.indicator):
            if device is not None:
                device.close()


def wire_points(settings: Settings, *, installed: bool = True) -> list[PointWiring]:
    """Check the wiring of all access points. Raises SettingsError: one line with what is wrong, and
    where.

    `installed`: also check that what the drivers need is installed; no hardware is accessed.
    """
    points = [_wire_point(point, settings.source) for point in settings.agent.access_point]
    simulated = settings.agent.pins.startswith("sim:")
    for wired in (device for point in points for device in point.wired) if installed else ():
        if (why := registry.missing_requirement(wired, simulated=simulated)) is not None:
            raise SettingsError(why)
    return points


def _wire_point(point: AccessPointSettings, source: str) -> PointWiring:
    where = f"{source}: agent.access_point '{point.id}'"

    def wired(port: Port[Any, Any], name: str) -> Any:
        table = getattr(point, name)
        return None if table is None else registry.wire(port, table, f"{where}: {name}")

    wiring = PointWiring(
        id=AccessPointId(point.id),
        kind=PointKind(point.kind),
        settings=point,
        reader=wired(registry.READER, "reader"),
        power=wired(registry.POWER, "power"),
        cooling=wired(registry.POWER, "cooling"),
        strike=wired(registry.STRIKE, "strike"),
        meter=wired(registry.METER, "meter"),
        job=wired(registry.METER, "job"),
        indicator=wired(registry.INDICATOR, "indicator"),
        inputs={
            name: registry.wire(registry.INPUT, table, f"{where}: inputs.{name}")
            for name, table in point.inputs.items()
        },
    )
    if wiring.power is not None and (why := registry.switch_refusal(wiring.power, dangerous=False)):
        raise SettingsError(why)
    return wiring


def danger_refusal(wiring: PointWiring) -> str | None:
    """Return in one line why this switch must not power a dangerous machine; None: it may."""
    return None if wiring.power is None else registry.switch_refusal(wiring.power, dangerous=True)


def device_names(wiring: PointWiring) -> Iterator[tuple[str, str]]:
    """Yield each device of a point: its name in events, and its role (`reader`, `inputs.estop`)."""
    for role in ("reader", "power", "cooling", "strike", "meter", "job", "indicator"):
        if getattr(wiring, role) is not None:
            yield f"{wiring.id}/{role}", role
    for name in wiring.inputs:
        yield f"{wiring.id}/inputs.{name}", f"inputs.{name}"


def open_point(
    wiring: PointWiring, context: Callable[[str], Context], *, take_up: bool
) -> PointDevices:
    """Open a point's hardware, with power off unless `take_up`. Raises DeviceError.

    Switches are opened before readers and inputs, so that they can react to the first reading.
    """
    devices = PointDevices()

    def opened(role: str, wired: WiredDevice[Any, Any] | None, *, taken: bool = False) -> Any:
        if wired is None:
            return None
        return wired.open(replace(context(f"{wiring.id}/{role}"), take_up=taken))

    try:
        devices.power = opened("power", wiring.power, taken=take_up)
        devices.cooling = opened("cooling", wiring.cooling, taken=take_up)
        devices.strike = opened("strike", wiring.strike)
        devices.indicator = opened("indicator", wiring.indicator)
        devices.meter = opened("meter", wiring.meter)
        devices.job = opened("job", wiring.job)
        for name, wired in wiring.inputs.items():
            devices.inputs[name] = opened(f"inputs.{name}", wired)
        devices.reader = opened("reader", wiring.reader)
    except BaseException:
        devices.close()
        raise
    return devices

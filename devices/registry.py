"""Finds drivers by their entry points, and checks their options before any hardware is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

import msgspec

from controller.domain.validation_issue import ValidationIssue
from controller.settings import SettingsError
from devices.needs import NOTHING, Needs
from devices.ports import (
    DeviceError,
    Indicator,
    Input,
    Meter,
    PowerSwitch,
    Reader,
    ReaderCapabilities,
    Strike,
    SwitchCapabilities,
)
from devices.wiring import (
    Context,
    IndicatorOptions,
    InputOptions,
    JobSensorOptions,
    OnAgentLoss,
    Options,
    PowerOptions,
    ReaderOptions,
    StrikeOptions,
)

D = TypeVar("D")
C = TypeVar("C", bound=Options)


class Driver(Protocol):
    """What an entry point must name: a class with its Options, which is called with them and a
    Context.

    Readers and power switches also have a class method `capabilities_of(options)`; a driver that
    needs a library or a program has `needs`, or a class method `needs_of(options, simulated)` if
    its options matter.
    """

    Options: ClassVar[type[Options]]
    detects_s: ClassVar[float | None]
    """Seconds within which it reports that its hardware is gone; None: it can't notice that."""

    def __call__(self, options: Any, context: Context) -> Any:
        """Open the hardware. Raises DeviceError."""


@dataclass(frozen=True, slots=True)
class Port(Generic[D, C]):
    """A kind of hardware, with its table in config.toml and its group of entry points."""

    table: str
    group: str
    options: type[C]


READER: Port[Reader, ReaderOptions] = Port("reader", "loquet.readers", ReaderOptions)
POWER: Port[PowerSwitch, PowerOptions] = Port("power", "loquet.power_switches", PowerOptions)
STRIKE: Port[Strike, StrikeOptions] = Port("strike", "loquet.strikes", StrikeOptions)
INPUT: Port[Input, InputOptions] = Port("inputs", "loquet.inputs", InputOptions)
METER: Port[Meter, JobSensorOptions] = Port("meter", "loquet.meters", JobSensorOptions)
INDICATOR: Port[Indicator, IndicatorOptions] = Port(
    "indicator", "loquet.indicators", IndicatorOptions
)
PORTS: tuple[Port[Any, Any], ...] = (READER, POWER, STRIKE, INPUT, METER, INDICATOR)


@dataclass(frozen=True, slots=True)
class WiredDevice(Generic[D, C]):
    """A device of config.toml whose driver is found and options are checked; it is not opened
    yet."""

    where: str
    driver: str
    options: C
    driver_class: Driver

    def open(self, context: Context) -> D:
        """Open the hardware. Raises DeviceError."""
        try:
            return cast(D, self.driver_class(self.options, context))
        except ImportError as error:
            raise DeviceError(f"{self.where}: driver '{self.driver}': {error}") from error


def drivers(port: Port[Any, Any]) -> dict[str, EntryPoint]:
    """Return every registered driver of a port, by name."""
    return {entry.name: entry for entry in sorted(_entries(port.group), key=lambda it: it.name)}


@cache
def _entries(group: str) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=group))


def load_driver(port: Port[Any, Any], name: str, where: str) -> Driver:
    """Return the driver's class. Raises SettingsError, with the known names."""
    registered = drivers(port)
    if name not in registered:
        raise SettingsError(
            f"{where}.driver: unknown driver '{name}'; allowed: {', '.join(registered)}"
        )
    return cast(Driver, registered[name].load())


def wire(port: Port[D, C], table: Mapping[str, Any], where: str) -> WiredDevice[D, C]:
    """Check a device's table, that is `driver` and its options, without opening anything.

    `where` is how to find the table: `config.toml: agent.access_point 'laser-1': power`. Raises
    SettingsError: one line with that, the key, and what is allowed.
    """
    rest = dict(table)
    name = rest.pop("driver", None)
    if not isinstance(name, str):
        names = ", ".join(drivers(port))
        raise SettingsError(f"{where}.driver: missing; allowed: {names}")
    driver = load_driver(port, name, where)
    kind = driver.Options
    try:
        options = msgspec.convert(rest, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(_error_text(ValidationIssue.of(error), kind, rest, where)) from error
    if problem := options.problem():
        key, what = problem
        raise SettingsError(f"{where}.{key}: {what}")
    return WiredDevice(where, name, cast(C, options), driver)


def needs_of(wired: WiredDevice[Any, Any], *, simulated: bool) -> Needs:
    """Return what a device's driver needs; `simulated`: `[agent] pins` names a simulated bench."""
    if declared := getattr(wired.driver_class, "needs_of", None):
        return cast(Needs, declared(wired.options, simulated=simulated))
    return getattr(wired.driver_class, "needs", NOTHING)


def missing_requirement(wired: WiredDevice[Any, Any], *, simulated: bool) -> str | None:
    """Return what its driver needs and is not installed, in one line; None: nothing.

    Opens nothing.
    """
    text = needs_of(wired, simulated=simulated).missing_text()
    return None if text is None else f"{wired.where}: driver '{wired.driver}' {text}"


def reader_capabilities(wired: WiredDevice[Reader, ReaderOptions]) -> ReaderCapabilities:
    """Return what a reader can do; it need not be open."""
    capabilities: ReaderCapabilities = wired.driver_class.capabilities_of(wired.options)  # type: ignore[attr-defined]
    return capabilities


def switch_capabilities(wired: WiredDevice[PowerSwitch, PowerOptions]) -> SwitchCapabilities:
    """Return what a switch does without the agent; it need not be open."""
    capabilities: SwitchCapabilities = wired.driver_class.capabilities_of(wired.options)  # type: ignore[attr-defined]
    return capabilities


def switch_refusal(wired: WiredDevice[PowerSwitch, PowerOptions], *, dangerous: bool) -> str | None:
    """Return why this switch must not power this access point, in one line; None: it may.

    A `dangerous` point needs a switch with a time limit of its own (security.md, Safety) that never
    switches on by itself. `on_agent_loss = "hold"` needs a switch that latches.
    """
    capabilities = switch_capabilities(wired)
    if dangerous and not capabilities.has_time_limit:
        return (
            f"{wired.where}: driver '{wired.driver}' has no time limit of its own, which a"
            f" dangerous access point needs; use gpio_pulse or another switch that has one"
        )
    if dangerous and capabilities.wakes:
        return (
            f"{wired.where}: driver '{wired.driver}' may come on for a moment when it restarts,"
            f" which a dangerous access point must not; use gpio_pulse or bridge"
        )
    if wired.options.on_agent_loss is OnAgentLoss.HOLD and not capabilities.latching:
        return f"{wired.where}.on_agent_loss: driver '{wired.driver}' does not latch; allowed: off"
    return None


def _error_text(
    problem: ValidationIssue, kind: type[Options], table: Mapping[str, Any], where: str
) -> str:
    """Return an error of msgspec in our own words: where, which key, what is allowed."""
    if problem.unknown is not None and not problem.path:
        names = ", ".join(("driver", *kind.__struct_fields__))
        return f"{where}: unknown key '{problem.unknown}'; allowed: {names}"
    if problem.missing is not None and not problem.path:
        return f"{where}.{problem.missing}: missing; allowed: {option_help(kind, problem.missing)}"
    key = problem.path.partition(".")[0].partition("[")[0]
    return f"{where}.{key}: {table.get(key)!r} is not allowed; allowed: {option_help(kind, key)}"


def option_help(kind: type[Options], key: str) -> str:
    """Return the description of an option, for error messages and the documentation."""
    hint = {field.name: field.type for field in msgspec.structs.fields(kind)}[key]
    for note in getattr(hint, "__metadata__", ()):
        if isinstance(note, msgspec.Meta) and note.description:
            return note.description
    raise TypeError(f"{kind.__qualname__}.{key} has no description")

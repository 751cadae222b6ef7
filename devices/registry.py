"""Find drivers through entry points, and check their options before any hardware is opened."""

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
    OnAgentLoss,
    Options,
    PowerOptions,
    ReaderOptions,
    SourceOptions,
    StrikeOptions,
)

D = TypeVar("D")
C = TypeVar("C", bound=Options)


class Driver(Protocol):
    """What an entry point must name: a class with its options, made from them and a Context.

    Readers and power switches also have a class method `capabilities_of(options)`; who needs a
    library or a program has one `needs_of(options, simulated)`.
    """

    Options: ClassVar[type[Options]]
    detects_s: ClassVar[float | None]
    """Within how many seconds it tells that its hardware is gone, at most; None: it can't tell."""

    def __call__(self, options: Any, context: Context) -> Any:
        """Open the hardware. Raises DeviceError."""


@dataclass(frozen=True, slots=True)
class Port(Generic[D, C]):
    """A kind of hardware: its table in config.toml and its group of entry points."""

    table: str
    group: str
    options: type[C]


READER: Port[Reader, ReaderOptions] = Port("reader", "loquet.readers", ReaderOptions)
POWER: Port[PowerSwitch, PowerOptions] = Port("power", "loquet.power_switches", PowerOptions)
STRIKE: Port[Strike, StrikeOptions] = Port("strike", "loquet.strikes", StrikeOptions)
INPUT: Port[Input, InputOptions] = Port("inputs", "loquet.inputs", InputOptions)
METER: Port[Meter, SourceOptions] = Port("meter", "loquet.meters", SourceOptions)
INDICATOR: Port[Indicator, IndicatorOptions] = Port(
    "indicator", "loquet.indicators", IndicatorOptions
)
PORTS: tuple[Port[Any, Any], ...] = (READER, POWER, STRIKE, INPUT, METER, INDICATOR)


@dataclass(frozen=True, slots=True)
class WiredDevice(Generic[D, C]):
    """One device of config.toml: driver found, options checked, hardware not yet touched."""

    where: str
    driver: str
    options: C
    make: Driver

    def open(self, context: Context) -> D:
        """Open the hardware. Raises DeviceError."""
        try:
            return cast(D, self.make(self.options, context))
        except ImportError as error:
            raise DeviceError(f"{self.where}: driver '{self.driver}': {error}") from error


def drivers(port: Port[Any, Any]) -> dict[str, EntryPoint]:
    """Every registered driver of a port, by name."""
    return {entry.name: entry for entry in sorted(_entries(port.group), key=lambda e: e.name)}


@cache
def _entries(group: str) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=group))


def load(port: Port[Any, Any], name: str, where: str) -> Driver:
    """The driver's class. Raises SettingsError, naming the known ones."""
    known = drivers(port)
    if name not in known:
        raise SettingsError(f"{where}.driver: unknown driver '{name}'; allowed: {', '.join(known)}")
    return cast(Driver, known[name].load())


def wire(port: Port[D, C], table: Mapping[str, Any], where: str) -> WiredDevice[D, C]:
    """Check one device's table, `driver` and its options, without opening anything.

    `where` is how to find the table: `config.toml: agent.access_point 'laser-1': power`.
    Raises SettingsError: one line with that, the key, and what is allowed.
    """
    rest = dict(table)
    name = rest.pop("driver", None)
    if not isinstance(name, str):
        names = ", ".join(drivers(port))
        raise SettingsError(f"{where}.driver: missing; allowed: {names}")
    driver = load(port, name, where)
    kind = driver.Options
    try:
        options = msgspec.convert(rest, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(_say(ValidationIssue.of(error), kind, rest, where)) from error
    if problem := options.problem():
        key, what = problem
        raise SettingsError(f"{where}.{key}: {what}")
    return WiredDevice(where, name, cast(C, options), driver)


def needs_of(wired: WiredDevice[Any, Any], *, simulated: bool) -> Needs:
    """What its driver needs; `simulated`: `[agent] pins` are a bench's."""
    told = getattr(wired.make, "needs_of", None)
    needs: Needs = NOTHING if told is None else told(wired.options, simulated=simulated)
    return needs


def missing_requirement(wired: WiredDevice[Any, Any], *, simulated: bool) -> str | None:
    """What its driver needs and is not installed, in one line, or None. Nothing is opened."""
    missing = needs_of(wired, simulated=simulated).lacking()
    return None if missing is None else f"{wired.where}: driver '{wired.driver}' {missing}"


def reader_capabilities(wired: WiredDevice[Reader, ReaderOptions]) -> ReaderCapabilities:
    """What this reader can do, known before it is opened."""
    found: ReaderCapabilities = wired.make.capabilities_of(wired.options)  # type: ignore[attr-defined]
    return found


def switch_capabilities(wired: WiredDevice[PowerSwitch, PowerOptions]) -> SwitchCapabilities:
    """What this switch does without the agent, known before it is opened."""
    found: SwitchCapabilities = wired.make.capabilities_of(wired.options)  # type: ignore[attr-defined]
    return found


def refusal(wired: WiredDevice[PowerSwitch, PowerOptions], *, dangerous: bool) -> str | None:
    """Why this switch must not gate this access point, in one line, or None.

    A `dangerous` point needs a switch with a time limit of its own (security.md, Safety), and one
    that never comes on by itself;
    `on_agent_loss = "hold"` needs one that latches.
    """
    can = switch_capabilities(wired)
    if dangerous and not can.has_time_limit:
        return (
            f"{wired.where}: driver '{wired.driver}' has no time limit of its own, which a"
            f" dangerous access point needs; use gpio_pulse or another switch that has one"
        )
    if dangerous and can.wakes:
        return (
            f"{wired.where}: driver '{wired.driver}' may come on for a moment when it restarts,"
            f" which a dangerous access point must not; use gpio_pulse or bridge"
        )
    if wired.options.on_agent_loss is OnAgentLoss.HOLD and not can.latching:
        return f"{wired.where}.on_agent_loss: driver '{wired.driver}' does not latch; allowed: off"
    return None


def _say(
    problem: ValidationIssue, kind: type[Options], given: Mapping[str, Any], where: str
) -> str:
    """msgspec's words turned into ours: where, which key, what is allowed."""
    if problem.unknown is not None and not problem.where:
        names = ", ".join(("driver", *kind.__struct_fields__))
        return f"{where}: unknown key '{problem.unknown}'; allowed: {names}"
    if problem.missing is not None and not problem.where:
        return f"{where}.{problem.missing}: missing; allowed: {option_help(kind, problem.missing)}"
    key = problem.where.partition(".")[0].partition("[")[0]
    return f"{where}.{key}: {given.get(key)!r} is not allowed; allowed: {option_help(kind, key)}"


def option_help(kind: type[Options], key: str) -> str:
    """The description of an option, as messages and documentation quote it."""
    hint = {field.name: field.type for field in msgspec.structs.fields(kind)}[key]
    for note in getattr(hint, "__metadata__", ()):
        if isinstance(note, msgspec.Meta) and note.description:
            return note.description
    raise TypeError(f"{kind.__qualname__}.{key} has no description")

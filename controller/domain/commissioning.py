"""The tests that an access point must pass before it goes into service (security.md, Safety)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from controller.domain.facts import PointKind


class StepName(StrEnum):
    """Names of the steps that a person confirms; machines and doors have different ones."""

    BADGE = "badge"
    POWER_ON = "power_on"
    POWER_OFF = "power_off"
    ESTOP = "estop"
    ESTOP_RESET = "estop_reset"
    INTERLOCK = "interlock"
    START_CONDITION = "start_condition"
    AGENT_KILLED = "agent_killed"
    STRIKE = "strike"
    CONTACT = "contact"
    REX = "rex"
    FIRE = "fire"
    WAY_OUT = "way_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class MountedDevices:
    """The devices at an access point, as its agent reported them."""

    reader: bool = False
    power: bool = False
    holds: bool = False
    """Whether the machine keeps its power when the agent stops (`on_agent_loss = "hold"`)."""
    strike: bool = False
    inputs: frozenset[str] = frozenset()

    def has(self, kind: str) -> bool:
        """Return whether an input of that kind is wired; input names begin with their kind, as in
        `estop-2`."""
        return any(name.startswith(kind) for name in self.inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One test; it must be repeated when its `tested_wiring` changes."""

    name: StepName
    tested_wiring: tuple[str, ...]
    """Tables of the wiring; `inputs.estop` means the inputs whose names begin with `estop`."""
    events: tuple[str, ...] = ()
    """Types of events that show the step; if empty, a person confirms it with a remark."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Required values of the event's fields."""

    @property
    def needs_remark(self) -> bool:
        """Return whether no event can show the step, so that the person must describe what they
        saw."""
        return not self.events

    def shown_by(self, event: Mapping[str, object]) -> bool:
        """Return whether this event shows the step."""
        right = event.get("type") in self.events
        return right and all(event.get(key) == value for key, value in self.fields.items())


def steps(kind: PointKind, mounted: MountedDevices) -> tuple[Step, ...]:
    """Return the tests of a machine or door with these devices, in a practical order."""
    return tuple((_door if kind is PointKind.DOOR else _machine)(mounted))


def _if_mounted(mounted: bool, *events: str) -> tuple[str, ...]:
    """Return the event types if the device is mounted, else nothing."""
    return events if mounted else ()


def _machine(mounted: MountedDevices) -> Iterator[Step]:
    yield _badge(mounted)
    if mounted.power:
        yield Step(name=StepName.POWER_ON, tested_wiring=("power",), events=("session_started",))
        yield Step(name=StepName.POWER_OFF, tested_wiring=("power",), events=("session_ended",))
    stop = ("power", "inputs.estop")
    has_stop, fault = mounted.has("estop"), {"fault": "estop"}
    yield Step(
        name=StepName.ESTOP,
        tested_wiring=stop,
        events=_if_mounted(has_stop, "fault_raised"),
        fields=fault if has_stop else {},
    )
    if has_stop:
        yield Step(
            name=StepName.ESTOP_RESET, tested_wiring=stop, events=("fault_reset",), fields=fault
        )
    if mounted.has("interlock"):
        yield Step(
            name=StepName.INTERLOCK,
            tested_wiring=("power", "inputs.interlock"),
            events=("fault_raised",),
            fields={"fault": "interlock"},
        )
    if mounted.has("start"):
        yield Step(
            name=StepName.START_CONDITION,
            tested_wiring=("power", "inputs.start"),
            events=("access_denied",),
            fields={"reason": "interlock_open"},
        )
    if mounted.power:
        switches_off = Step(
            name=StepName.AGENT_KILLED,
            tested_wiring=("power", "cooling"),
            events=("session_ended",),
            fields={"cause": "agent_restarted"},
        )
        stays_on = Step(name=StepName.AGENT_KILLED, tested_wiring=("power", "cooling"))
        yield stays_on if mounted.holds else switches_off


def _door(mounted: MountedDevices) -> Iterator[Step]:
    yield _badge(mounted)
    if mounted.strike:
        yield Step(name=StepName.STRIKE, tested_wiring=("strike",), events=("door_released",))
    yield Step(
        name=StepName.CONTACT,
        tested_wiring=("inputs.contact",),
        events=_if_mounted(mounted.has("contact"), "door_opened"),
    )
    yield Step(
        name=StepName.REX,
        tested_wiring=("strike", "inputs.rex"),
        events=_if_mounted(mounted.has("rex"), "rex"),
    )
    if mounted.has("fire"):
        yield Step(name=StepName.FIRE, tested_wiring=("strike", "inputs.fire"), events=("fire",))
    yield Step(name=StepName.WAY_OUT, tested_wiring=("strike", "inputs.rex", "inputs.fire"))


def _badge(mounted: MountedDevices) -> Step:
    events = _if_mounted(mounted.reader, "access_granted", "access_denied")
    return Step(name=StepName.BADGE, tested_wiring=("reader",), events=events)

"""The session of a machine: off, armed, running, cooling down, fault, out of service."""

from dataclasses import dataclass, replace

from controller.domain.facts import SessionRules
from controller.domain.ids import MemberRef
from controller.domain.machine_events import MachineEffect, MachineEvent
from controller.domain.states import Cuts, EndCause, FaultKind, InputKind, MachinePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who holds a machine since when, and what has been counted. Times are monotonic seconds."""

    id: str
    member: MemberRef
    started_s: float
    active_s: float = 0.0
    idle_s: float = 0.0
    gap_s: float = 0.0
    more_time: bool = False
    maintainer: bool = False
    idle_since_s: float | None = None
    low_since_s: float | None = None
    """Since when the job has been seen idle while running; after `hold_s` it is."""
    warned_s: float | None = None
    """When the idle warning began."""
    out_since_s: float | None = None
    """Since when the badge has been out of the slot."""
    ends_as: EndCause | None = None
    """Set when it ends at idle: because of that."""
    hours_end_s: float | None = None
    right_end_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """A fault that stays until a person resets it, through restarts."""

    kind: FaultKind
    input: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInput:
    """A safety input that is open now."""

    name: str
    kind: InputKind
    cuts: Cuts


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineState:
    """Everything a machine remembers. `at_s` is the monotonic time of its last step."""

    at_s: float
    phase: MachinePhase = MachinePhase.OFF
    since_s: float = 0.0
    in_service: bool = True
    session: Session | None = None
    second_on: bool = False
    job: bool | None = None
    """Whether a job runs; None: unknown."""
    job_alarm: bool = False
    flows_since_s: float | None = None
    """Since when current has flown through the main switch."""
    latches: tuple[Latch, ...] = ()
    open_inputs: tuple[OpenInput, ...] = ()

    @property
    def main_on(self) -> bool:
        """Whether the dangerous part has power: exactly in armed and running."""
        return self.phase in (MachinePhase.ARMED, MachinePhase.RUNNING)


def initial(mono_s: float, *, metered: bool, in_service: bool = True) -> MachineState:
    """A machine that nobody has used yet. Without a meter it is never running, only armed."""
    raise NotImplementedError


def step(
    state: MachineState, event: MachineEvent, mono_s: float, rules: SessionRules
) -> tuple[MachineState, tuple[MachineEffect, ...]]:
    """What the machine is after an event at that monotonic time, and what is to be done.

    Timers that were due before are run first, each at its own time. Effects are in order.
    """
    raise NotImplementedError


def next_deadline(state: MachineState, rules: SessionRules) -> float | None:
    """The monotonic time at which the next `Tick` is due; None: no timer runs."""
    raise NotImplementedError


def restore(
    saved: MachineState | None, mono_s: float, *, metered: bool, in_service: bool
) -> tuple[MachineState, tuple[MachineEffect, ...]]:
    """The state after a restart: off, out of service, or a latched fault; never powered.

    A session that was open is ended with what had been counted.
    """
    raise NotImplementedError


def take_up(
    saved: MachineState,
    mono_s: float,
    *,
    same_boot: bool,
    switch_restarted: bool,
    in_service: bool,
) -> MachineState | None:
    """The session taken up after the agent alone was lost, for wiring with `hold`; else None.

    Only if the boot is the journal's own and the switch reports no restart of its own. The time
    not seen is counted as `gap_s`. On None use `restore()`.
    """
    raise NotImplementedError


__all__ = [
    "Latch", "MachineState", "OpenInput", "Session", "initial", "next_deadline", "replace",
    "restore", "step", "take_up",
]  # fmt: skip

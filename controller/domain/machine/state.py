"""Everything that a machine remembers, frozen; times are monotonic seconds."""

from dataclasses import dataclass, replace

from controller.domain.ids import MemberRef
from controller.domain.states import Cuts, EndCause, FaultKind, InputKind, MachinePhase

LEADS_S = (3600.0, 900.0)
"""How long before its end a limit is warned of, longest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A use of the machine: the holder, since when, and the seconds counted so far."""

    id: str
    member: MemberRef
    started_s: float
    active_s: float = 0.0
    idle_s: float = 0.0
    gap_s: float = 0.0
    """Powered, but not seen: the agent was dead."""
    more_time: bool = False
    maintainer: bool = False
    idle_since_s: float | None = None
    low_since_s: float | None = None
    """Since when the job has been seen idle while running; after `hold_s` it is."""
    warned_s: float | None = None
    """Monotonic time at which the idle warning began."""
    out_since_s: float | None = None
    """Since when the badge has been out of the slot."""
    ends_as: EndCause | None = None
    """Set when it is to end as soon as the job does: because of that."""
    hours_end_s: float | None = None
    right_end_s: float | None = None
    max_lead_s: float | None = None
    """The shortest lead at which the longest duration has been warned of."""
    hours_lead_s: float | None = None


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
    """The whole of a machine. `at_s` is the time of its last step."""

    at_s: float
    metered: bool
    phase: MachinePhase = MachinePhase.OFF
    since_s: float = 0.0
    in_service: bool = True
    session: Session | None = None
    second_on: bool = False
    job: bool | None = None
    """Whether a job runs; None: unknown, which counts as running."""
    job_alarm: bool = False
    flows_since_s: float | None = None
    """Since when current flows through the main switch, or since it was switched off if later."""
    latches: tuple[Latch, ...] = ()
    open_inputs: tuple[OpenInput, ...] = ()

    @property
    def main_on(self) -> bool:
        """Whether the dangerous part has power: exactly in armed and running."""
        return self.phase in (MachinePhase.ARMED, MachinePhase.RUNNING)

    @property
    def held_running(self) -> bool | None:
        """Whether the holder's job runs, for `Context.held_running`; None: unknown."""
        is_unknown = self.job is None
        return None if is_unknown else self.phase is MachinePhase.RUNNING

    def open_of(self, kind: InputKind) -> tuple[str, ...]:
        """The names of the inputs of that kind that are open."""
        return tuple(i.name for i in self.open_inputs if i.kind is kind)


def amend_session(state: MachineState, **changes: object) -> MachineState:
    """The state with these fields of its session changed; without a session, as it is."""
    session = state.session
    return state if session is None else replace(state, session=replace(session, **changes))  # type: ignore[arg-type]


def count_time(state: MachineState, to_s: float) -> MachineState:
    """The state at a later time, with the seconds since added to active or idle, once."""
    session, passed = state.session, max(0.0, to_s - state.at_s)
    if session is not None and state.phase is MachinePhase.RUNNING:
        session = replace(session, active_s=session.active_s + passed)
    elif session is not None:
        session = replace(session, idle_s=session.idle_s + passed)
    return replace(state, session=session, at_s=state.at_s + passed)


def stamp_phase(before: MachineState, after: MachineState) -> MachineState:
    """The state after a move, with the time of its phase when that is new."""
    return after if after.phase is before.phase else replace(after, since_s=after.at_s)


def lead_passed(left_s: float | None) -> float | None:
    """The shortest warning time that has already passed with `left_s` remaining; it is not
    repeated."""
    return min((lead for lead in LEADS_S if left_s is not None and left_s <= lead), default=None)

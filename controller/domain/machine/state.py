"""The state of a machine, frozen; times are in seconds on the monotonic clock."""

from dataclasses import dataclass, replace

from controller.domain.ids import MemberRef
from controller.domain.states import Cuts, EndCause, FaultKind, InputKind, MachinePhase

LEADS_S = (3600.0, 900.0)
"""How long before a limit the holder is warned, longest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A use of the machine: its member, its start, and the seconds counted so far."""

    id: str
    member: MemberRef
    started_s: float
    active_s: float = 0.0
    idle_s: float = 0.0
    gap_s: float = 0.0
    """Seconds with power during which the agent was not running."""
    more_time: bool = False
    """Whether the member has asked for longer warnings."""
    maintainer: bool = False
    idle_since_s: float | None = None
    """Since when the session has been armed without a job."""
    low_since_s: float | None = None
    """Since when the meter has been below its threshold; after a while the job is over."""
    warned_s: float | None = None
    """Monotonic time at which the idle warning began."""
    out_since_s: float | None = None
    """Since when the badge has been out of the slot; None: it is in."""
    ends_as: EndCause | None = None
    """If set, the session ends as soon as the job does, with this cause."""
    closing_at_s: float | None = None
    """When the hours of the plan or the site end."""
    right_end_s: float | None = None
    """When the member's right to use the machine ends, such as a subscription."""
    max_warned_s: float | None = None
    """The lead (`LEADS_S`) of the last warning before the maximum duration; None: none yet."""
    closing_warned_s: float | None = None
    """The lead of the last warning before closing time; None: none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """A fault that persists, also through restarts, until a person resets it."""

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
    """The whole state of a machine; `at_s` is the time of its last step."""

    at_s: float
    metered: bool
    phase: MachinePhase = MachinePhase.OFF
    since_s: float = 0.0
    """Since when the machine has been in this phase."""
    in_service: bool = True
    session: Session | None = None
    second_on: bool = False
    """Whether the second part (fan, chiller, extraction) has power."""
    job: bool | None = None
    """Whether a job is running; None: unknown, treated as running."""
    job_alarm: bool = False
    """Whether an alarm is active because `job` is unknown."""
    flows_since_s: float | None = None
    """Since when current has flowed through the main switch, or since it was switched off if
    later."""
    latches: tuple[Latch, ...] = ()
    open_inputs: tuple[OpenInput, ...] = ()

    @property
    def main_on(self) -> bool:
        """Return whether the dangerous part has power: exactly in the phases armed and running."""
        return self.phase in (MachinePhase.ARMED, MachinePhase.RUNNING)

    @property
    def held_running(self) -> bool | None:
        """Return whether the holder's job is running, for `Context.held_running`; None: unknown."""
        return None if self.job is None else self.phase is MachinePhase.RUNNING

    def open_inputs_of(self, kind: InputKind) -> tuple[str, ...]:
        """Return the names of the open inputs of that kind."""
        return tuple(i.name for i in self.open_inputs if i.kind is kind)


def amend_session(state: MachineState, **changes: object) -> MachineState:
    """Return the state with these fields of its session changed; unchanged without a session."""
    session = state.session
    return state if session is None else replace(state, session=replace(session, **changes))  # type: ignore[arg-type]


def count_time(state: MachineState, to_s: float) -> MachineState:
    """Return the state at a later time, with the time since the last step counted as active or
    idle."""
    session, passed = state.session, max(0.0, to_s - state.at_s)
    if session is not None and state.phase is MachinePhase.RUNNING:
        session = replace(session, active_s=session.active_s + passed)
    elif session is not None:
        session = replace(session, idle_s=session.idle_s + passed)
    return replace(state, session=session, at_s=state.at_s + passed)


def stamp_phase(before: MachineState, after: MachineState) -> MachineState:
    """Return the state after a move, with `since_s` set if its phase is new."""
    return after if after.phase is before.phase else replace(after, since_s=after.at_s)


def last_warning_lead(left_s: float | None) -> float | None:
    """Return the lead of the last warning that was due by now, with `left_s` seconds left until the
    limit; None: none was."""
    return min((lead for lead in LEADS_S if left_s is not None and left_s <= lead), default=None)

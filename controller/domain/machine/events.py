"""Events and effects of the machine's state machine, as frozen types."""

from dataclasses import dataclass

from controller.domain.access.decision import DenyReason
from controller.domain.ids import MemberRef
from controller.domain.states import (
    Cuts,
    EndCause,
    FaultKind,
    InputKind,
    MachinePhase,
    Refusal,
    WarningKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """`decide()` granted a tap, or a badge put into the slot.

    Somebody else's tap starts a session or takes one over. The holder's own tap extends the session
    during the idle warning, resumes it while it is ending after a tap, and otherwise, with presence
    `tap`, ends it.
    """

    member: MemberRef
    session_id: str
    """The id (UUIDv7) for a new session."""
    more_time: bool = False
    """Whether the member has asked for longer warnings."""
    maintainer: bool = False
    """Whether the member is a maintainer of the machine, who may use it out of service."""
    until_closing_s: float | None = None
    """Seconds until `Decision.detail.hours_until`, when `on_end` applies; None: never."""
    right_left_s: float | None = None
    """Seconds until `Decision.detail.right_until`, when `on_revoke` applies; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapDenied:
    """A tap was denied; it changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeOut:
    """The holder leaves: the badge left the slot, or a tap identified the holder
    (`access.identify`)."""

    member: MemberRef


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeBack:
    """The holder's badge is back in the slot; an absence within `slot_grace_s` is ignored."""

    member: MemberRef


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReading:
    """The meter's report whether a job is running (`meter.combine`); None: unknown, treated as
    running."""

    running: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentReading:
    """The meter's report whether current flows through the main switch; for `power_while_off`."""

    flows: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChanged:
    """A safety input opened or closed; also sent for every input at start."""

    name: str
    kind: InputKind
    open: bool
    cuts: Cuts = Cuts.MAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchFailed:
    """The power switch does not obey, does not answer, or restarted while it was on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChanged:
    """The machine went out of service, or back into it."""

    in_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """`access.review` found that the holder must not continue."""

    reason: DenyReason


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsChanged:
    """The holder's hours or rights changed; fields as in `Granted`."""

    until_closing_s: float | None = None
    right_left_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRequested:
    """Staff ends the session once the job has finished (command `end_session`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRequested:
    """Staff cuts the power now (command `cut_power`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRequested:
    """A maintainer resets the fault, by a tap at the machine or remotely (`reset_fault`)."""

    on_the_spot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed; `next_deadline()` returns when the next tick is needed."""


MachineEvent = (
    Granted
    | TapDenied
    | BadgeOut
    | BadgeBack
    | JobReading
    | CurrentReading
    | InputChanged
    | SwitchFailed
    | ServiceChanged
    | Revoked
    | LimitsChanged
    | EndRequested
    | CutRequested
    | ResetRequested
    | Tick
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMain:
    """Switch the main, dangerous part of the machine."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSecond:
    """Switch the second part: fan, chiller or extraction."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged:
    """The machine's new phase, for the display, `point_state` and pages."""

    phase: MachinePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """Write `session_started` to the journal."""

    session_id: str
    member: MemberRef


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """Write `session_state` to the journal: armed or running, with the seconds so far."""

    session_id: str
    phase: MachinePhase
    active_s: float
    idle_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """Write `session_ended` to the journal; powered_s = active_s + idle_s + gap_s."""

    session_id: str
    member: MemberRef
    cause: EndCause
    active_s: float
    idle_s: float
    powered_s: float
    gap_s: float
    """Seconds with power during which the agent was not running."""
    was_running: bool
    """Whether a job was cut off or may be lost; the member then gets a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRaised:
    """Write `fault_raised` to the journal; a `latched` fault must be stored on disk for
    restarts."""

    kind: FaultKind
    input: str | None = None
    latched: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReset:
    """Write `fault_reset` to the journal: a person reset it, or an alarm ended by itself."""

    kind: FaultKind
    input: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningShown:
    """Show a warning and beep: the session ends for that reason in `left_s` seconds."""

    kind: WarningKind
    left_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningOver:
    """The idle warning has ended: the session was extended, or a job is running again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request was refused."""

    why: Refusal


MachineEffect = (
    SetMain
    | SetSecond
    | PhaseChanged
    | SessionStarted
    | SessionState
    | SessionEnded
    | FaultRaised
    | FaultReset
    | WarningShown
    | WarningOver
    | Refused
)

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
    """A tap, or a badge put into the slot, that `decide()` granted.

    From anybody but the holder it starts a session or takes one over. From the holder: during the
    idle warning it extends the session; while the session is ending after a tap it resumes it;
    else, with presence `tap`, it ends the session.
    """

    member: MemberRef
    session_id: str
    """The id (UUIDv7) that a new session gets."""
    more_time: bool = False
    maintainer: bool = False
    """Whether this person is a maintainer of the machine: may use it out of service."""
    hours_left_s: float | None = None
    """Seconds until `Decision.detail.hours_until`; then `on_end` acts."""
    right_left_s: float | None = None
    """Seconds until `Decision.detail.right_until`; then `on_revoke` acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A tap that was denied. Changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeOut:
    """The holder leaves: the badge left the slot, or a tap proved who it is (`access.identify`)."""

    member: MemberRef


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeBack:
    """The holder's badge is in the slot again; within `slot_grace_s` its loss is forgiven."""

    member: MemberRef


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSeen:
    """Whether a job runs (`meter.combine`); None: unknown, which counts as running."""

    running: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentSeen:
    """Whether any current flows through the main switch; for `power_while_off`."""

    flows: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChanged:
    """A safety input opened or closed; sent for every input at start too."""

    name: str
    kind: InputKind
    open: bool
    cuts: Cuts = Cuts.MAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchFailed:
    """The power switch does not obey, does not answer, or was restarted while it was on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChanged:
    """The machine goes out of service, or back in."""

    in_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """`access.review` says that the holder may not go on."""

    reason: DenyReason


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsChanged:
    """Hours or rights of the holder changed; as in `Granted`."""

    hours_left_s: float | None = None
    right_left_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAsked:
    """Staff asks to finish, then stop (command `end_session`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutAsked:
    """Staff asks to cut the power now (command `cut_power`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetAsked:
    """A maintainer resets the fault, by a tap at the machine or from afar (`reset_fault`)."""

    on_the_spot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed; `next_deadline()` says when the next one is needed."""


MachineEvent = (
    Granted
    | Denied
    | BadgeOut
    | BadgeBack
    | JobSeen
    | CurrentSeen
    | InputChanged
    | SwitchFailed
    | ServiceChanged
    | Revoked
    | LimitsChanged
    | EndAsked
    | CutAsked
    | ResetAsked
    | Tick
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMain:
    """Switch the dangerous part."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSecond:
    """Switch fan, chiller or extraction."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged:
    """The new phase, for the display, `point_state` and pages."""

    phase: MachinePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """Written to the journal as `session_started`."""

    session_id: str
    member: MemberRef


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """To journal as `session_state`: armed or running, with seconds so far."""

    session_id: str
    phase: MachinePhase
    active_s: float
    idle_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """To journal as `session_ended`; powered_s = active_s + idle_s + gap_s."""

    session_id: str
    member: MemberRef
    cause: EndCause
    active_s: float
    idle_s: float
    powered_s: float
    gap_s: float
    was_running: bool
    """Whether a job was cut or lost: its holder is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRaised:
    """To journal as `fault_raised`; `latched` ones must be on disk through restarts."""

    kind: FaultKind
    input: str | None = None
    latched: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReset:
    """Written to the journal as `fault_reset`: reset by a person, or an alarm that ended by
    itself."""

    kind: FaultKind
    input: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """To show, and to beep: that kind of end comes in `left_s` seconds."""

    kind: WarningKind
    left_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningOver:
    """The idle warning is over: extended, or a job runs again."""


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
    | Warned
    | WarningOver
    | Refused
)

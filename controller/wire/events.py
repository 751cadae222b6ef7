"""The events of an agent's journal: one frozen type for each kind, tagged by `type`."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from controller.domain.access.decision import DenyReason, Detail, Notice
from controller.domain.facts import Assurance, CredentialKind, Level
from controller.domain.time import Utc
from controller.wire.commands import CommandResult
from controller.wire.messages import State
from controller.wire.scalars import (
    BootId,
    Code,
    Count,
    Hash,
    Id7,
    Key,
    Line,
    Member,
    Millis,
    Point,
    Seconds,
    Seq,
    Slug,
    Word,
)

# Base types of several events.

Heads = Annotated[int, Meta(ge=1, le=10_000)]
"""Number of people."""


class EventBase(Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """Fields of every event. `seal()` in journal_bytes.py sets `seq` and `prev_hash`."""

    seq: Seq | UnsetType = UNSET
    """Its number in the stream: 1, 2, 3, …"""
    event_id: Id7
    boot_id: BootId
    mono_ms: Millis
    at: Utc
    """The agent's wall clock, which may be wrong: see `clock_trusted`."""
    clock_trusted: bool
    access_point: Point | None
    prev_hash: Hash | UnsetType = UNSET
    """SHA-256 of the previous event's JSON bytes; 64 zeros for seq 1.

    The last field in the bytes.
    """


class Tap(EventBase, frozen=True, kw_only=True):
    """Fields of every tap; null for an unknown badge."""

    credential: Key | None = None
    member: Member | None = None
    assurance: Assurance | None = None
    """How the tap proved the badge."""
    policy_version: Count | None = None
    """Version of the policy by which the agent decided."""


class DoorUse(EventBase, frozen=True, kw_only=True):
    """Fields of events about somebody using a door."""

    member: Member | None = None
    """The member whose grant it was; null: no grant."""


class AccessGranted(Tap, frozen=True, kw_only=True, tag="access_granted"):
    """A tap was granted."""

    credential_kind: CredentialKind = CredentialKind.MEMBER
    headcount: Heads = 1
    """How many people come in with it: more than 1 for a group badge."""
    supervisor: Member | None = None
    """The supervisor under whom it was granted."""
    notices: tuple[Notice, ...] = ()


class AccessDenied(Tap, frozen=True, kw_only=True, tag="access_denied"):
    """A tap was denied."""

    reason: DenyReason
    detail: Detail | None = None


class SessionStarted(EventBase, frozen=True, kw_only=True, tag="session_started"):
    """A machine was switched on for somebody."""

    session_id: Id7
    credential: Key | None = None
    member: Member | None = None
    supervisor: Member | None = None
    took_over: Id7 | None = None
    """The session that this one ended by taking the machine over."""


class SessionState(EventBase, frozen=True, kw_only=True, tag="session_state"):
    """A session's state changed, or an interim report of its times so far, in seconds."""

    session_id: Id7
    state: State
    active_s: Seconds | None = None
    idle_s: Seconds | None = None
    powered_s: Seconds | None = None


class SessionEnded(EventBase, frozen=True, kw_only=True, tag="session_ended"):
    """A session ended. Its times come from a monotonic clock, and each second counts once."""

    session_id: Id7
    active_s: Seconds
    """Seconds with a job running."""
    idle_s: Seconds
    """Seconds switched on without a job."""
    powered_s: Seconds
    """Seconds switched on in all."""
    gap_s: Seconds = 0.0
    """Seconds of `powered_s` in which the agent was not running."""
    cause: Code
    """`badge_out`, `idle`, `max_duration`, `hours_end`, `right_end`, `revoked`, `out_of_service`,
    `taken_over`, `ended_by_staff`, `cut_by_staff`, `fault`, `interlock`, `switch_failed`,
    `agent_restarted`, `superseded`, or another code."""
    was_running: bool = False
    """Whether a job was interrupted or lost."""
    ended_ago_s: Seconds = 0.0
    """How many seconds before `mono_ms` it ended."""
    member: Member | None = None


class DoorReleased(DoorUse, frozen=True, kw_only=True, tag="door_released"):
    """A door's strike was released."""

    cause: Code
    """`grant`, `rex`, `command`, `hold`, `schedule`, `fire`, or another code."""
    pulse_s: Seconds | None = None
    """Seconds; null: until further notice."""


class DoorOpened(DoorUse, frozen=True, kw_only=True, tag="door_opened"):
    """A door opened. After a grant, this is what moves somebody from one zone to another."""

    cause: Code | None = None
    """Why it could be opened; null: unknown."""
    headcount: Heads = 1
    zone: Slug | None = None
    from_zone: Slug | None = None


class DoorClosed(EventBase, frozen=True, kw_only=True, tag="door_closed"):
    """A door closed."""

    open_s: Seconds | None = None


class DoorHeld(EventBase, frozen=True, kw_only=True, tag="door_held"):
    """A door has been open for longer than allowed."""

    open_s: Seconds | None = None


class DoorForced(EventBase, frozen=True, kw_only=True, tag="door_forced"):
    """A door opened with no grant and no request to exit."""


class DoorNotUsed(DoorUse, frozen=True, kw_only=True, tag="door_not_used"):
    """The door did not open after a grant."""


class Rex(EventBase, frozen=True, kw_only=True, tag="rex"):
    """Somebody used the request-to-exit button."""


class Fire(EventBase, frozen=True, kw_only=True, tag="fire"):
    """The fire input changed."""

    active: bool = True


class FaultRaised(EventBase, frozen=True, kw_only=True, tag="fault_raised"):
    """A fault occurred at an access point."""

    fault: Code
    """`estop`, `fire`, `interlock`, `power_while_off`, `switch_failed`, `job_unknown`, or another
    code such as `reader_lost`."""
    latched: bool = False
    input: Word | None = None
    session_id: Id7 | None = None
    device: Word | None = None
    text: Line | None = None


class FaultReset(EventBase, frozen=True, kw_only=True, tag="fault_reset"):
    """A fault has ended, or was reset."""

    fault: Code
    input: Word | None = None
    member: Member | None = None
    command_id: Id7 | None = None


class InputChanged(EventBase, frozen=True, kw_only=True, tag="input_changed"):
    """An input that is wired as an event input changed."""

    input: Word
    active: bool


class CredentialRead(Tap, frozen=True, kw_only=True, tag="credential_read"):
    """A credential was read for a `read_credential` command; the agent did not decide on it."""

    command_id: Id7 | None = None


class CertifiedAtMachine(EventBase, frozen=True, kw_only=True, tag="certified_at_machine"):
    """A trainer certified somebody: the trainer's badge, then the trainee's within 30 s."""

    certification: Slug
    level: Level = Level.USER
    trainer: Member
    trainee: Member


class WindowOpened(EventBase, frozen=True, kw_only=True, tag="window_opened"):
    """A supervisor has opened a supervision window in a zone."""

    window_id: Id7
    zone: Slug
    supervisor: Member
    until: Utc


class WindowClosed(EventBase, frozen=True, kw_only=True, tag="window_closed"):
    """A supervision window ended."""

    window_id: Id7
    zone: Slug
    supervisor: Member
    cause: Code
    """`tap`, `expired`, or another code."""


class GuestAdmitted(EventBase, frozen=True, kw_only=True, tag="guest_admitted"):
    """A host brought a guest in: the host's tap, then a registered guest badge within 30 s."""

    host: Member
    guest: Member
    credential: Key | None = None
    until: Utc


class PolicyApplied(EventBase, frozen=True, kw_only=True, tag="policy_applied"):
    """The agent has stored policy up to a version."""

    epoch: Count
    version: Count
    snapshot: bool = False
    rows: Count | None = None


class PolicyRejected(EventBase, frozen=True, kw_only=True, tag="policy_rejected"):
    """The agent refused a policy message."""

    reason: Code
    """`older_version`, `older_epoch`, `bad_signature`, `bad_digest`, `malformed`, or another
    code."""
    epoch: Count | None = None
    version: Count | None = None
    text: Line | None = None


class CommandRun(EventBase, frozen=True, kw_only=True, tag="command_run"):
    """A command was carried out, refused, or arrived after its deadline."""

    command_id: Id7
    command: Code
    result: CommandResult
    reason: Code | None = None


class AgentStarted(EventBase, frozen=True, kw_only=True, tag="agent_started"):
    """An agent has started."""

    version: Word
    reason: Code | None = None
    """`boot`, `restart`, or another code."""
    previous_stream: Id7 | None = None
    """The previous stream, if this one is new."""


class ClockStepped(EventBase, frozen=True, kw_only=True, tag="clock_stepped"):
    """The wall clock jumped, compared with the monotonic clock."""

    step_ms: int
    """Milliseconds; positive: forward."""


class JournalDegraded(EventBase, frozen=True, kw_only=True, tag="journal_degraded"):
    """The journal lost events or was set aside, or the state file beside it was lost."""

    reason: Code
    """`full`, `corrupt`, `fork`, `rolled_back`, `not_kept` (a hub that was restored lacks events
    that the agent has deleted), `state_lost` (the state that outlasts a restart), `read_only` (the
    agent started on an SD card that can't be written any more), `recovered`, or another code."""
    lost: Count | None = None
    """How many events are lost."""
    text: Line | None = None


Event = (
    AccessGranted
    | AccessDenied
    | SessionStarted
    | SessionState
    | SessionEnded
    | DoorReleased
    | DoorOpened
    | DoorClosed
    | DoorHeld
    | DoorForced
    | DoorNotUsed
    | Rex
    | Fire
    | FaultRaised
    | FaultReset
    | InputChanged
    | CredentialRead
    | CertifiedAtMachine
    | WindowOpened
    | WindowClosed
    | GuestAdmitted
    | PolicyApplied
    | PolicyRejected
    | CommandRun
    | AgentStarted
    | ClockStepped
    | JournalDegraded
)
"""The event types of version 1; the hub quarantines any other one."""

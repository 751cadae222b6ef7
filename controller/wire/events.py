"""Events: what an agent saw or did, one frozen type each, tagged by `type`."""

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

# What event types share.

Heads = Annotated[int, Meta(ge=1, le=10_000)]


class EventBase(Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """What all events share. `seal()` in journal_bytes.py sets `seq`, and `prev_hash` last."""

    seq: Seq | UnsetType = UNSET
    """1, 2, 3, … in the stream."""
    event_id: Id7
    boot_id: BootId
    mono_ms: Millis
    at: Utc
    """The agent's wall clock, right or wrong."""
    clock_trusted: bool
    access_point: Point | None
    prev_hash: Hash | UnsetType = UNSET
    """SHA-256 of the previous event's JSON bytes; 64 zeros before seq 1. Last in the bytes."""


class Tap(EventBase, frozen=True, kw_only=True):
    """What taps share; null where nobody is known."""

    credential: Key | None = None
    member: Member | None = None
    assurance: Assurance | None = None
    """What the tap proved."""
    policy_version: Count | None = None
    """Version of the policy that decided."""


class DoorUse(EventBase, frozen=True, kw_only=True):
    """What is known of who uses a door."""

    member: Member | None = None
    """Whose grant it was; null: nobody's."""


class AccessGranted(Tap, frozen=True, kw_only=True, tag="access_granted"):
    """A tap was granted."""

    credential_kind: CredentialKind = CredentialKind.MEMBER
    headcount: Heads = 1
    """Heads that come in with it: more than 1 for a group badge."""
    supervisor: Member | None = None
    """Who answered for it."""
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
    """Session that this one ended by taking the machine over."""


class SessionState(EventBase, frozen=True, kw_only=True, tag="session_state"):
    """A session's state changed, or its counts are told while it goes on. Seconds so far."""

    session_id: Id7
    state: State
    active_s: Seconds | None = None
    idle_s: Seconds | None = None
    powered_s: Seconds | None = None


class SessionEnded(EventBase, frozen=True, kw_only=True, tag="session_ended"):
    """A session ended. Every second of it is counted once, on a monotonic clock."""

    session_id: Id7
    active_s: Seconds
    """With the job running."""
    idle_s: Seconds
    """Switched on, with no job."""
    powered_s: Seconds
    """Switched on, in all."""
    gap_s: Seconds = 0.0
    """Of `powered_s`, what a dead agent couldn't see."""
    cause: Code
    """`badge_out`, `idle`, `max_duration`, `hours_end`, `right_end`, `revoked`, `out_of_service`,
    `taken_over`, `ended_by_staff`, `cut_by_staff`, `fault`, `interlock`, `switch_failed`,
    `agent_restarted`, `superseded`, or another word."""
    was_running: bool = False
    """Whether a job was cut or lost."""
    ended_ago_s: Seconds = 0.0
    """How long before `mono_ms` it ended."""
    member: Member | None = None


class DoorReleased(DoorUse, frozen=True, kw_only=True, tag="door_released"):
    """A strike was released."""

    cause: Code
    """`grant`, `rex`, `command`, `hold`, `schedule`, `fire`, or another word."""
    pulse_s: Seconds | None = None
    """For how long; null: until told otherwise."""


class DoorOpened(DoorUse, frozen=True, kw_only=True, tag="door_opened"):
    """A door opened. After a grant, this is what moves a person into a zone."""

    cause: Code | None = None
    """What let it open; null: not known."""
    headcount: Heads = 1
    zone: Slug | None = None
    from_zone: Slug | None = None


class DoorClosed(EventBase, frozen=True, kw_only=True, tag="door_closed"):
    """A door closed."""

    open_s: Seconds | None = None


class DoorHeld(EventBase, frozen=True, kw_only=True, tag="door_held"):
    """A door has been open for too long."""

    open_s: Seconds | None = None


class DoorForced(EventBase, frozen=True, kw_only=True, tag="door_forced"):
    """A door opened with no grant and no request to exit."""


class DoorNotUsed(DoorUse, frozen=True, kw_only=True, tag="door_not_used"):
    """A grant after which the door did not open."""


class Rex(EventBase, frozen=True, kw_only=True, tag="rex"):
    """Somebody asked to go out."""


class Fire(EventBase, frozen=True, kw_only=True, tag="fire"):
    """The fire input changed."""

    active: bool = True


class FaultRaised(EventBase, frozen=True, kw_only=True, tag="fault_raised"):
    """Something is wrong at an access point."""

    fault: Code
    """`estop`, `fire`, `interlock`, `power_while_off`, `switch_failed`, `job_unknown`, or another
    word such as `reader_lost`."""
    latched: bool = False
    input: Word | None = None
    session_id: Id7 | None = None
    device: Word | None = None
    text: Line | None = None


class FaultReset(EventBase, frozen=True, kw_only=True, tag="fault_reset"):
    """A fault is over, or was reset."""

    fault: Code
    input: Word | None = None
    member: Member | None = None
    command_id: Id7 | None = None


class InputChanged(EventBase, frozen=True, kw_only=True, tag="input_changed"):
    """An input that is wired to be watched changed."""

    input: Word
    active: bool


class CredentialRead(Tap, frozen=True, kw_only=True, tag="credential_read"):
    """A credential was read for a `read_credential` command; it was not decided on."""

    command_id: Id7 | None = None


class CertifiedAtMachine(EventBase, frozen=True, kw_only=True, tag="certified_at_machine"):
    """A trainer's badge, then a trainee's within 30 s."""

    certification: Slug
    level: Level = Level.USER
    trainer: Member
    trainee: Member


class WindowOpened(EventBase, frozen=True, kw_only=True, tag="window_opened"):
    """A supervisor became answerable for others in a zone."""

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
    """`tap`, `expired`, or another word."""


class GuestAdmitted(EventBase, frozen=True, kw_only=True, tag="guest_admitted"):
    """A host's tap, then a known guest badge within 30 s."""

    host: Member
    guest: Member
    credential: Key | None = None
    until: Utc


class PolicyApplied(EventBase, frozen=True, kw_only=True, tag="policy_applied"):
    """The agent's policy moved to a version."""

    epoch: Count
    version: Count
    snapshot: bool = False
    rows: Count | None = None


class PolicyRejected(EventBase, frozen=True, kw_only=True, tag="policy_rejected"):
    """The agent refused policy."""

    reason: Code
    """`older_version`, `older_epoch`, `bad_signature`, `bad_digest`, `malformed`, or another."""
    epoch: Count | None = None
    version: Count | None = None
    text: Line | None = None


class CommandRun(EventBase, frozen=True, kw_only=True, tag="command_run"):
    """A command was carried out, refused or found expired."""

    command_id: Id7
    command: Code
    result: CommandResult
    reason: Code | None = None


class AgentStarted(EventBase, frozen=True, kw_only=True, tag="agent_started"):
    """An agent began to run."""

    version: Word
    reason: Code | None = None
    """`boot`, `restart`, or another word."""
    previous_stream: Id7 | None = None
    """The stream before this one, when this one is new."""


class ClockStepped(EventBase, frozen=True, kw_only=True, tag="clock_stepped"):
    """The wall clock moved against the monotonic one."""

    step_ms: int
    """Positive: forward."""


class JournalDegraded(EventBase, frozen=True, kw_only=True, tag="journal_degraded"):
    """The journal could not keep events or was set aside, or what is kept beside it was."""

    reason: Code
    """`full`, `corrupt`, `fork`, `rolled_back`, `not_kept` (a hub that was restored lacks events
    that are not kept any more), `state_lost` (what outlasts a restart), `read_only` (the agent
    started on a card that takes nothing more), `recovered`, or another word."""
    lost: Count | None = None
    """Events that could not be kept, or are not any more."""
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
"""Every event type of version 1; the hub quarantines another one."""

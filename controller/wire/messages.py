"""Every message of the protocol, typed; `kind` and `v` say what it is."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Raw, Struct

from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.wire.commands import CommandResult, ReplyData
from controller.wire.limits import MAX_BATCH
from controller.wire.rows import Row
from controller.wire.scalars import (
    BootId,
    Code,
    Count,
    Cursor,
    Hash,
    Id7,
    Line,
    Millis,
    Point,
    Seconds,
    Seq,
    Word,
)


class Message(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all messages share."""

    v: Literal[1] = 1


class PolicyHead(Message, frozen=True, kw_only=True, tag="policy_head"):
    """Where a site's policy stands."""

    at: Utc
    """The hub's time; a signed time is a floor for an agent whose clock is not trusted."""
    epoch: Count
    version: Count
    holders: Count
    """Rows of table `holder` whose value is not null."""
    digest: Hash
    """Sum of SHA-256(table LF key LF version) over all rows, removed ones too, modulo 2^256."""


class PolicyDelta(Message, frozen=True, kw_only=True, tag="policy_delta"):
    """The rows that changed between two versions."""

    at: Utc
    epoch: Count
    from_version: Count
    to_version: Count
    rows: tuple[Row, ...]


class SyncRequest(Message, frozen=True, kw_only=True, tag="sync_request"):
    """An agent asks for the rows after a version, one page at a time."""

    request_id: Id7
    epoch: Count
    """The agent's own; 0 with `since` 0: it has nothing."""
    since: Count
    after: Cursor | None = None
    """`next` of the page before; null for the first page."""


class PolicyPage(Message, frozen=True, kw_only=True, tag="policy_page"):
    """One page of an answer to a `sync_request`."""

    at: Utc
    request_id: Id7
    epoch: Count
    to_version: Count
    """The site's version, read before the rows."""
    snapshot: bool
    """Whether the pages hold all rows, so that what they don't hold is gone."""
    rows: tuple[Row, ...]
    next: Cursor | None = None
    """What to send as `after` for the next page; null: this is the last."""


class EventBatch(Message, frozen=True, kw_only=True, tag="event_batch"):
    """Events of an agent's journal, in their own bytes."""

    stream: Id7
    boot_id: BootId
    sent_at: Utc
    sent_mono_ms: Millis
    events: Annotated[tuple[Raw, ...], Meta(min_length=1, max_length=MAX_BATCH)]


class Rejected(Struct, frozen=True, kw_only=True):
    """An event that went to quarantine; it is acknowledged all the same."""

    seq: Seq
    reason: Line


class EventAck(Message, frozen=True, kw_only=True, tag="event_ack"):
    """What is committed of a stream."""

    at: Utc
    stream: Id7
    through: Count
    """All events up to this one are committed."""
    also: tuple[tuple[Seq, Seq], ...] = ()
    """Ranges beyond a gap, first and last included."""
    rejected: tuple[Rejected, ...] = ()
    fork: bool = False
    """The stream holds other bytes under one of these numbers: open a new stream."""
    resume: bool = False
    """`through` and `also` are all that the controller holds, which a restore may have made less
    than it acknowledged: offer again whatever is kept beyond. A second time does no harm."""

    def __post_init__(self) -> None:
        """Refuse ranges that are not in order and apart: a number must not be freed by mistake."""
        end = self.through
        for first, last in self.also:
            if not end < first <= last:
                raise ValueError(f"also: {first} to {last} is not beyond {end}, in order")
            end = last


class Command(Message, frozen=True, kw_only=True, tag="command"):
    """What the controller asks of an agent."""

    at: Utc
    command_id: Id7
    boot_id: BootId
    access_point: Point | None = None
    type: Code
    expires_at: Utc
    args: Raw
    """Typed by `type`: see Command types. Without any, `{}`."""


class CommandReply(Message, frozen=True, kw_only=True, tag="command_reply"):
    """What became of a command."""

    command_id: Id7
    result: CommandResult
    reason: Code | None = None
    data: ReplyData | None = None


class AgentStatus(Message, frozen=True, kw_only=True, tag="agent_status"):
    """Whether an agent is there, and what it holds; its last will says that it is not."""

    online: bool
    boot_id: BootId
    connection: Count
    """Rises with each connection, through restarts too; a lower one than known is ignored."""
    version: Word
    protocols: tuple[int, ...]
    epoch: Count
    policy_version: Count
    stream: Id7 | None
    started_at: Utc
    credential_generation: Count | None = None
    """Of its newest credential key; null: it can't say."""


class Device(StrEnum):
    """A kind of hardware, as the wiring names it."""

    READER = "reader"
    POWER = "power"
    STRIKE = "strike"
    METER = "meter"
    INDICATOR = "indicator"
    INPUT = "input"


class DeviceHealth(Struct, frozen=True, kw_only=True):
    """How one piece of hardware does."""

    access_point: Point
    device: Device
    name: Word | None = None
    """Which input, or which of two switches."""
    driver: Word | None = None
    ok: bool
    fault: Code | None = None


class FoundPlug(Struct, frozen=True, kw_only=True):
    """A plug on the plugs' broker that says of itself that it is there."""

    driver: Word
    topic: Word
    """Its own, as the wiring names it."""
    name: Word | None = None
    """What its owner calls it."""
    model: Word | None = None


class RunsProgram(Struct, frozen=True, kw_only=True):
    """Which program an agent runs of those that the controller sends, and what it does with one."""

    architecture: Word
    serial: Count
    """Of the one that runs; 0: the one that its computer was set up with."""
    state: Code
    """`rest`, `fetching`, `unpacking`, `waiting` (until nobody uses anything), `trial`."""
    coming: Count = 0
    """The one that it brings; 0: none."""
    failed: Count = 0
    """The last one from which it went back, or which it could not bring; 0: none."""
    reason: Code | None = None
    """Why: `unreachable`, `damaged`, `not_unpacked`, `no_room`, `not_well` (it was not in step with
    the controller in time, or ended before). `in_use` is no failure: it may be asked again."""


class AgentTelemetry(Message, frozen=True, kw_only=True, tag="agent_telemetry"):
    """How an agent does; null: not known."""

    boot_id: BootId
    at: Utc | None = None
    mono_ms: Millis | None = None
    backlog: Count
    """Events not acknowledged yet."""
    policy_age_s: Seconds | None = None
    clock_trusted: bool
    loop_lag_ms: Annotated[float, Meta(ge=0)] | None = None
    disk_free_bytes: Count | None = None
    temperature_c: float | None = None
    devices: tuple[DeviceHealth, ...] = ()
    plugs: tuple[FoundPlug, ...] = ()
    """What it has found of plugs, wired or not."""
    program: RunsProgram | None = None
    """Null where programs are not managed."""


class State(StrEnum):
    """State of an access point: the first six of a machine, the last five of a door."""

    OFF = "off"
    ARMED = "armed"
    RUNNING = "running"
    COOLING = "cooling"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"
    LOCKED = "locked"
    RELEASED = "released"
    OPEN = "open"
    HELD = "held"
    FORCED = "forced"


class PointState(Message, frozen=True, kw_only=True, tag="point_state"):
    """State of an access point, for dashboards; valid only while its agent is online."""

    state: State
    since: Utc
    session_id: Id7 | None = None
    available: bool
    """Whether a badge could be granted there now: in service, no fault, hardware there."""
    ends_at: Utc | None = None
    """When it goes off by itself; null: no end is in sight."""
    warning: bool = False
    """Whether it warns that it will end."""
    faults: tuple[Code, ...] = ()
    watts: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    """What it draws, to two digits and told in steps; null: nothing, or no meter says."""


class WiredPoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an agent's `[[agent.access_point]]` says, without secrets."""

    id: Point
    kind: PointKind
    reader: dict[str, Any] | None = None
    power: dict[str, Any] | None = None
    cooling: dict[str, Any] | None = None
    strike: dict[str, Any] | None = None
    meter: dict[str, Any] | None = None
    job: dict[str, Any] | None = None
    indicator: dict[str, Any] | None = None
    inputs: dict[str, Any] | None = None


class AgentWiring(Message, frozen=True, kw_only=True, tag="agent_wiring"):
    """What an agent is wired to, so that a replacement gets it back."""

    access_points: tuple[WiredPoint, ...]


MESSAGES: tuple[type[Message], ...] = (
    PolicyHead,
    PolicyDelta,
    SyncRequest,
    PolicyPage,
    EventBatch,
    EventAck,
    Command,
    CommandReply,
    AgentStatus,
    AgentTelemetry,
    PointState,
    AgentWiring,
)

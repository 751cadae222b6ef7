"""The messages of the protocol; `kind` and `v` (the protocol's version) identify a message's
type."""

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
    """The fields of every message."""

    v: Literal[1] = 1


class PolicyHead(Message, frozen=True, kw_only=True, tag="policy_head"):
    """The state of a site's policy: its version, and a digest by which agents check theirs."""

    at: Utc
    """The hub's time.

    An agent whose clock is not trusted takes a signed time as the earliest possible.
    """
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
    """An agent's request for the rows after a version, one page at a time."""

    request_id: Id7
    epoch: Count
    """The agent's own epoch; 0 with `since` 0: it has no policy."""
    since: Count
    after: Cursor | None = None
    """`next` of the previous page; null for the first page."""


class PolicyPage(Message, frozen=True, kw_only=True, tag="policy_page"):
    """One page of the response to a `sync_request`."""

    at: Utc
    request_id: Id7
    epoch: Count
    to_version: Count
    """The site's version, read before the rows."""
    snapshot: bool
    """Whether the pages hold all rows, so that the agent deletes any other row."""
    rows: tuple[Row, ...]
    next: Cursor | None = None
    """The value of `after` for the next page; null: this is the last."""


class EventBatch(Message, frozen=True, kw_only=True, tag="event_batch"):
    """Events of an agent's journal, in their original bytes."""

    stream: Id7
    boot_id: BootId
    sent_at: Utc
    sent_mono_ms: Millis
    events: Annotated[tuple[Raw, ...], Meta(min_length=1, max_length=MAX_BATCH)]


class Rejected(Struct, frozen=True, kw_only=True):
    """An event that was quarantined; it counts as acknowledged."""

    seq: Seq
    reason: Line


class EventAck(Message, frozen=True, kw_only=True, tag="event_ack"):
    """Which events of a stream are committed at the controller."""

    at: Utc
    stream: Id7
    through: Count
    """All events up to this one are committed."""
    also: tuple[tuple[Seq, Seq], ...] = ()
    """Committed ranges beyond a gap, with their first and last number."""
    rejected: tuple[Rejected, ...] = ()
    fork: bool = False
    """The controller has different bytes under one of these numbers: the agent must open a new
    stream."""
    resume: bool = False
    """`through` and `also` are all that the controller has, possibly less than it has acknowledged,
    because a backup was restored: the agent sends everything beyond again. Duplicates do no
    harm."""

    def __post_init__(self) -> None:
        """Refuse ranges that overlap or are not in order, so that no event is deleted by
        mistake."""
        end = self.through
        for first, last in self.also:
            if not end < first <= last:
                raise ValueError(f"also: {first} to {last} is not beyond {end}, in order")
            end = last


class Command(Message, frozen=True, kw_only=True, tag="command"):
    """Something that the controller asks of an agent."""

    at: Utc
    command_id: Id7
    boot_id: BootId
    access_point: Point | None = None
    type: Code
    expires_at: Utc
    args: Raw
    """Their type follows from `type`: see Command types. `{}` if there are none."""


class CommandReply(Message, frozen=True, kw_only=True, tag="command_reply"):
    """The outcome of a command."""

    command_id: Id7
    result: CommandResult
    reason: Code | None = None
    data: ReplyData | None = None


class AgentStatus(Message, frozen=True, kw_only=True, tag="agent_status"):
    """Whether an agent is online, and what it has; the last will reports that it is offline."""

    online: bool
    boot_id: BootId
    connection: Count
    """Rises with each connection, across restarts too; an older status is ignored."""
    version: Word
    protocols: tuple[int, ...]
    epoch: Count
    policy_version: Count
    stream: Id7 | None
    started_at: Utc
    credential_generation: Count | None = None
    """Of its newest credential key; null: unknown."""


class Device(StrEnum):
    """A kind of hardware, by its name in the wiring."""

    READER = "reader"
    POWER = "power"
    STRIKE = "strike"
    METER = "meter"
    INDICATOR = "indicator"
    INPUT = "input"


class DeviceHealth(Struct, frozen=True, kw_only=True):
    """The health of one piece of hardware."""

    access_point: Point
    device: Device
    name: Word | None = None
    """Which input, or which of two switches it is."""
    driver: Word | None = None
    ok: bool
    fault: Code | None = None


class FoundPlug(Struct, frozen=True, kw_only=True):
    """A plug that has announced itself on the broker for plugs."""

    driver: Word
    topic: Word
    """The plug's own topic, as the wiring names it."""
    name: Word | None = None
    """The name that its owner has given it."""
    model: Word | None = None


class RunsProgram(Struct, frozen=True, kw_only=True):
    """The program that an agent runs, of those sent by the controller, and the state of an
    upgrade."""

    architecture: Word
    serial: Count
    """Serial of the running program; 0: the program that the computer was set up with."""
    state: Code
    """`rest`, `fetching`, `unpacking`, `waiting` (until no session is open), `trial`."""
    coming: Count = 0
    """Serial of the program to which it is upgrading; 0: none."""
    failed: Count = 0
    """Serial of the last program that it rolled back or could not install; 0: none."""
    reason: Code | None = None
    """Why it failed: `unreachable`, `damaged`, `not_unpacked`, `no_room`, `not_well` (it was not in
    sync with the controller in time, or crashed). `in_use` is no failure: the controller may try
    again."""


class AgentTelemetry(Message, frozen=True, kw_only=True, tag="agent_telemetry"):
    """An agent's health and load; null: unknown."""

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
    """Plugs that it has discovered, wired or not."""
    program: RunsProgram | None = None
    """Null if the agent's programs are not managed by the controller."""


class State(StrEnum):
    """State of an access point: OFF to OUT_OF_SERVICE for machines, LOCKED to FORCED for doors."""

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
    """State of an access point, for dashboards; only valid while its agent is online."""

    state: State
    since: Utc
    session_id: Id7 | None = None
    available: bool
    """Whether a badge could be granted now: in service, no fault, hardware connected."""
    ends_at: Utc | None = None
    """When it switches off by itself; null: no end is known."""
    warning: bool = False
    """Whether it is warning that it will switch off."""
    faults: tuple[Code, ...] = ()
    watts: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    """Power draw, rounded to two digits and sent only when it changes markedly; null: none, or
    there is no meter."""


class WiredPoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content of an agent's `[[agent.access_point]]`, without secrets."""

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
    """An agent's wiring, so that a replacement can get it back."""

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

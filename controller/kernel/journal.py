"""Tables of the agents' events with their bytes, the state of streams, and the quarantine."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import Plain, Raw
from controller.store.packed_event import head_of, id_millis, id_numbers, id_text, unpack
from controller.store.types import Hash, HashBytes, Slug, Text, UtcMillis, Uuid
from controller.store.upsert import insert_missing

TYPES = (
    "access_granted",
    "access_denied",
    "session_started",
    "session_state",
    "session_ended",
    "door_released",
    "door_opened",
    "door_closed",
    "door_held",
    "door_forced",
    "door_not_used",
    "rex",
    "fire",
    "fault_raised",
    "fault_reset",
    "input_changed",
    "credential_read",
    "certified_at_machine",
    "window_opened",
    "window_closed",
    "guest_admitted",
    "policy_applied",
    "policy_rejected",
    "command_run",
    "agent_started",
    "clock_stepped",
    "journal_degraded",
)
"""Types of events; stored as the index in this list, so append new ones at the end."""
BOUNDED = "not_after IS NOT NULL"
"""Condition of events whose time is known only by bounds."""
_CLEARING = ("fault_reset", "door_closed", "fire")
CLEARING = f"type IN ({', '.join(str(TYPES.index(event_type)) for event_type in _CLEARING)})"
"""Condition of events that can clear an alarm."""
SKEWED = "skewed"
"""Condition of events whose id has another time than the event."""
FORK = "the stream already holds other bytes under this number"
"""Reason of a quarantined event that contradicts a stored one; such events are kept for ever."""
SKEW_MS = 60_000
"""Largest difference between the time in an event's id and its true time at which it is still found
by its id."""


class EventType(TypeDecorator[str]):
    """An event's type, stored as its index in TYPES."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        """Convert to the number that is stored."""
        return None if value is None else TYPES.index(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        """Convert the stored number to the type's name."""
        return None if value is None else TYPES[value]


def is_skewed(id_high: int, at: Utc | None) -> bool:
    """Return whether an event can't be found by the time in its id, because its true time differs
    or is unknown."""
    return at is None or abs(id_millis(id_high) - at.millis()) > SKEW_MS


def _partial_index(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class JournalName(Base):
    """The number that events use for a site or an access point."""

    __tablename__ = "journal_name"

    no: Plain[int] = mapped_column(primary_key=True)
    name: Plain[Slug] = mapped_column(unique=True)


class StreamState(Base):
    """How far an agent's stream has been received: everything up to `through`, and ranges beyond
    gaps."""

    __tablename__ = "stream_state"

    no: Plain[int] = mapped_column(primary_key=True)
    """The number that events use for this stream."""
    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"))
    stream: Plain[Uuid]
    through: Plain[int] = mapped_column(BigInteger)
    also: Plain[list[list[int]]] = mapped_column(JSON)
    last_hash: Plain[Hash]
    """Hash of the event at `through`."""
    forked: Plain[bool]
    updated_at: Plain[Utc]

    __table_args__ = (Index("uq_stream_state_agent_id_stream", "agent_id", "stream", unique=True),)


class BootAnchor(Base):
    """A boot of an agent, with a moment known both on its monotonic clock and as trusted time."""

    __tablename__ = "boot_anchor"

    no: Plain[int] = mapped_column(primary_key=True)
    """The number that events use for this boot."""
    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"))
    boot_id: Plain[Uuid]
    mono_ms: Plain[int | None] = mapped_column(BigInteger)
    at: Plain[Utc | None]
    """Null, like `mono_ms`, while no such moment is known."""

    __table_args__ = (Index("uq_boot_anchor_agent_id_boot_id", "agent_id", "boot_id", unique=True),)


class EventRow(Base):
    """One event; `body` is null after retention, while `hash` stays so that the chain can be
    verified.

    Use the properties `event_id`, `raw`, `agent_id`, `stream`, `site_id`, `access_point_id` and
    `boot_id`; how they are stored is internal (docs/decisions/0078-events-packed.md). Columns are
    in the order in which PostgreSQL wastes least space. Nothing refers to an event, and every
    unique key contains `id_high`, which is a time, so that months can become partitions.
    """

    __tablename__ = "event"

    id_high: Plain[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """First half of the event's UUIDv7, minus 2^63; it contains 48 bits of time."""
    id_low: Plain[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Second half, minus 2^63."""
    seq: Plain[int] = mapped_column(BigInteger)
    mono_ms: Plain[int] = mapped_column(BigInteger)
    at: Plain[Utc | None] = mapped_column(UtcMillis)
    """True time; null if only the bounds are known."""
    not_before: Plain[Utc | None] = mapped_column(UtcMillis)
    not_after: Plain[Utc | None] = mapped_column(UtcMillis)
    """Bounds of the true time; `not_after` is null exactly if the agent's clock was trusted and not
    ahead of the hub's, nor behind an earlier event."""
    received_at: Plain[Utc] = mapped_column(UtcMillis)
    stream_no: Plain[int] = mapped_column(ForeignKey("stream_state.no"))
    site_no: Plain[int]
    point_no: Plain[int | None]
    boot_no: Plain[int]
    type: Plain[str] = mapped_column(EventType)
    late: Plain[bool]
    skewed: Plain[bool]
    """Whether the time in its id differs from its true time by more than a minute, or that is
    unknown."""
    hash: Plain[str] = mapped_column(HashBytes)
    prev_hash: Plain[str] = mapped_column(HashBytes)
    body: Raw[bytes | None] = mapped_column(LargeBinary)
    """Its packed bytes, without what other columns contain."""

    journal: Mapped[StreamState] = relationship(lazy="joined", innerjoin=True)
    # No foreign keys: these rows are written with the event and never removed, and PostgreSQL would
    # lock a row of each for every event.
    boot: Mapped[BootAnchor] = relationship(
        lazy="joined", innerjoin=True, primaryjoin="foreign(EventRow.boot_no) == BootAnchor.no"
    )
    site: Mapped[JournalName] = relationship(
        lazy="joined", innerjoin=True, primaryjoin="foreign(EventRow.site_no) == JournalName.no"
    )
    point: Mapped[JournalName | None] = relationship(
        lazy="joined", primaryjoin="foreign(EventRow.point_no) == JournalName.no"
    )

    __table_args__ = (
        # Lists by site, access point and agent come in the order of ids (decision 0079).
        Index("ix_event_site_no_id_high", "site_no", "id_high"),
        Index("ix_event_point_no_id_high", "point_no", "id_high"),
        Index("ix_event_stream_no_id_high", "stream_no", "id_high"),
        Index("ix_event_stream_no_seq", "stream_no", "seq"),
        # Events that can't be found by the time in their id.
        _partial_index("ix_event_skewed", "id_high", "id_low", where=SKEWED),
        # Events that can clear an alarm: an alarm that arrives late is compared with them.
        _partial_index("ix_event_stream_no_at_clearing", "stream_no", "at", where=CLEARING),
        # Events whose clock was not trusted: their true time may change.
        _partial_index("ix_event_boot_no_bounded", "boot_no", where=BOUNDED),
    )

    @property
    def event_id(self) -> str:
        """Return its UUIDv7."""
        return id_text(self.id_high, self.id_low)

    @property
    def agent_id(self) -> str:
        """Return the agent that reported it."""
        return self.journal.agent_id

    @property
    def stream(self) -> str:
        """Return the agent's stream."""
        return self.journal.stream

    @property
    def boot_id(self) -> str:
        """Return the agent's boot."""
        return self.boot.boot_id

    @property
    def site_id(self) -> str:
        """Return the agent's site at that time."""
        return self.site.name

    @property
    def access_point_id(self) -> str | None:
        """Return the access point that it is about; None: no access point."""
        return None if self.point is None else self.point.name

    @property
    def raw(self) -> bytes | None:
        """Return its bytes as the agent sealed them; None after retention."""
        return sealed_bytes(self, self.boot_id, self.access_point_id)


def sealed_bytes(row: Any, boot_id: str, access_point_id: str | None) -> bytes | None:
    """Return an event's bytes as the agent sealed them; None after retention.

    `row`: an EventRow, or its own columns.
    """
    if row.body is None:
        return None
    head = b""
    if row.not_after is None and row.at is not None:
        head = head_of(
            row.type,
            row.seq,
            id_text(row.id_high, row.id_low),
            boot_id,
            row.mono_ms,
            row.at,
            access_point_id,
        )
    return unpack(row.body, head, row.prev_hash)


def stored_event(db: Session, event_id: str) -> EventRow | None:
    """Return the event with this id; None if there is none or the id is invalid."""
    try:
        return db.get(EventRow, id_numbers(event_id))
    except ValueError:
        return None


class EventAgain(Base):
    """A sequence number whose event is already stored from another stream: an agent copies the
    intact events of a damaged journal to a new one."""

    __tablename__ = "event_again"

    stream_no: Plain[int] = mapped_column(ForeignKey("stream_state.no"), primary_key=True)
    seq: Plain[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Plain[Hash]
    """Hash of its bytes, to which the next event refers."""


class Quarantine(Base):
    """Signed events that could not be stored, kept as raw bytes."""

    __tablename__ = "quarantine"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"))
    stream: Plain[Uuid]
    seq: Plain[int] = mapped_column(BigInteger)
    received_at: Plain[Utc]
    reason: Raw[Text]
    raw: Raw[bytes] = mapped_column(LargeBinary)
    hash: Plain[Hash]

    __table_args__ = (
        Index("ix_quarantine_site_id_id", "site_id", "id"),
        Index(
            "uq_quarantine_agent_stream_seq_hash", "agent_id", "stream", "seq", "hash", unique=True
        ),
    )


# The numbers that events use for sites and access points.


def numbers_of(db: Session, names: Iterable[str]) -> dict[str, int]:
    """Return the number of each of these names; new names get one."""
    sorted_names = sorted(set(names))
    numbers = known_numbers(db, sorted_names)
    missing = [name for name in sorted_names if name not in numbers]
    if missing:
        insert_missing(db, JournalName, [{"name": name} for name in missing])
        numbers |= known_numbers(db, missing)
    return numbers


def known_numbers(db: Session, names: Iterable[str]) -> dict[str, int]:
    """Return the number of each of these names that occurs in any event."""
    rows = db.execute(
        select(JournalName.name, JournalName.no).where(JournalName.name.in_(list(names)))
    )
    return {row.name: row.no for row in rows}

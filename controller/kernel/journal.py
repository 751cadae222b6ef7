"""What agents reported: events with their bytes, streams, and what could not be taken."""

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Slug, Text, Uuid, Word

BOUNDED = "not_after IS NOT NULL"


CLEARING = "type IN ('fault_reset', 'door_closed', 'fire')"


FORK = "the stream already holds other bytes under this number"
"""The reason of a quarantined event that contradicts one that is stored; it is kept for ever."""


class EventRow(Base):
    """One event. `raw` is null after retention; `hash` stays, and the chain verifies with it."""

    __tablename__ = "event"

    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    stream: Mapped[Uuid] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[Uuid] = mapped_column(unique=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    access_point_id: Mapped[Slug | None]
    type: Mapped[Word]
    boot_id: Mapped[Uuid]
    mono_ms: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Utc | None]
    """True time; null when only the bounds are known."""
    not_before: Mapped[Utc | None]
    not_after: Mapped[Utc | None]
    """Bounds of the true time; `not_after` is null exactly if the agent's clock was trusted."""
    received_at: Mapped[Utc]
    late: Mapped[bool]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[Hash]
    prev_hash: Mapped[Hash]

    __table_args__ = (
        Index("ix_event_site_id_at", "site_id", "at"),
        Index("ix_event_access_point_id_at", "access_point_id", "at"),
        # What can clear an alarm: an alarm that arrives late is looked up against it.
        Index(
            "ix_event_agent_id_at_clearing",
            "agent_id",
            "at",
            sqlite_where=text(CLEARING),
            postgresql_where=text(CLEARING),
        ),
        # What was told by a clock that could not be trusted: its true time may change.
        Index(
            "ix_event_agent_id_boot_id_bounded",
            "agent_id",
            "boot_id",
            sqlite_where=text(BOUNDED),
            postgresql_where=text(BOUNDED),
        ),
    )


class StreamState(Base):
    """How far an agent's stream is committed: everything through, and ranges beyond a gap."""

    __tablename__ = "stream_state"

    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    stream: Mapped[Uuid] = mapped_column(primary_key=True)
    through: Mapped[int] = mapped_column(BigInteger)
    also: Mapped[list[list[int]]] = mapped_column(JSON)
    last_hash: Mapped[Hash]
    """Hash of the event at `through`."""
    forked: Mapped[bool]
    updated_at: Mapped[Utc]


class BootAnchor(Base):
    """For one boot of an agent, a moment known in both its monotonic clock and trusted time."""

    __tablename__ = "boot_anchor"

    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    boot_id: Mapped[Uuid] = mapped_column(primary_key=True)
    mono_ms: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Utc]


class Quarantine(Base):
    """What was signed but could not be taken, kept raw and listed."""

    __tablename__ = "quarantine"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"))
    stream: Mapped[Uuid]
    seq: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[Utc]
    reason: Mapped[Text]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[Hash]

    __table_args__ = (
        Index(
            "uq_quarantine_agent_stream_seq_hash", "agent_id", "stream", "seq", "hash", unique=True
        ),
    )

"""Stored events, and what features derive from them: projections and effects."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.store.base import Base
from controller.wire.events import Event
from controller.wire.journal_bytes import decode_event

# An event as projections read it.


class StoredEvent(Struct, frozen=True, kw_only=True, gc=False):
    """A stored event, decoded."""

    site: str
    agent: str
    stream: str
    seq: int
    event: Event
    at: Utc | None
    """The true time, if it is known."""
    best_time: Utc
    """The true time, else the latest possible one; never after its arrival."""
    estimate: Utc
    """The true time, else an estimate: see `estimated_time`."""
    received_at: Utc
    arrived_late: bool

    @property
    def order(self) -> str:
        """Return a text by which the events of an agent sort in their order; streams are UUIDv7."""
        return f"{self.stream}/{self.seq:016d}"


def estimated_time(
    at: Utc | None, not_before: Utc | None, not_after: Utc | None, received_at: Utc
) -> Utc:
    """Return the true time of an event, else the best estimate.

    That is the latest possible time if the event arrived in the boot in which it happened, since
    its age is known; else the earliest, which keeps the distances between the events of a boot.
    """
    latest = min(at or not_after or received_at, received_at)
    if at is not None or not_before is None or latest < received_at:
        return latest
    return min(not_before, latest)


def decoded_events(row: EventRow) -> Iterator[StoredEvent]:
    """Yield the stored event; nothing if retention has left only its hash."""
    raw = row.raw
    if raw is not None:
        yield StoredEvent(
            site=row.site_id,
            agent=row.agent_id,
            stream=row.stream,
            seq=row.seq,
            event=decode_event(raw).event,
            at=row.at,
            best_time=min(row.at or row.not_after or row.received_at, row.received_at),
            estimate=estimated_time(row.at, row.not_before, row.not_after, row.received_at),
            received_at=row.received_at,
            arrived_late=row.late,
        )


@dataclass(frozen=True, slots=True)
class EventsForgotten:
    """The bytes of events are deleted, by retention or an erasure.

    Rows derived from them must lose the person, and can't be rebuilt any more.
    """

    fields: tuple[Mapping[str, Any], ...]
    erased: frozenset[str] | None = None
    """The references of the person who is erased: rows of others keep theirs; None: retention."""

    def ids(self, field: str) -> set[str]:
        """Return the values of a field in these events."""
        return {value for mapping in self.fields if (value := mapping.get(field))}


Rows = dict[tuple[str, str], dict[str, Any]]
"""Rows by table and key."""
Effect = Callable[[Session, Sequence[StoredEvent], Utc], None]
"""Changes facts because of events; gets only newly stored events, and the current time.

Unlike projections, facts are not rebuilt from events, since people edit them as well.
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A projected row that differed from what its events give; it has been corrected."""

    table: str
    key: str
    problem: str
    """`missing`, `should not be there`, or the names of the columns that differ."""


def no_column(_row: Mapping[str, Any]) -> Collection[str]:
    """Return no columns: all of them come from events."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedTable:
    """A table whose rows are made from events."""

    model: type[Base]
    key: str = "id"
    start_key: Callable[[Event], str | None]
    """Returns the key of the row that an event begins; a row whose first event is gone is never
    rebuilt."""
    row_key: Callable[[Event], str | None] = lambda _event: None
    """Returns the key of the row, begun by another event, that this event continues."""
    manual_columns: Callable[[Mapping[str, Any]], Collection[str]] = no_column
    """Returns the columns of a row that people edit; a rebuild keeps them."""
    forgotten_keys: Callable[[Session], set[str]] = lambda _db: set()
    """Returns keys whose last event is deleted; a rebuild would restore them wrongly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Rows made from events by upserts, independent of the events' order."""

    project: Callable[[Session, Sequence[StoredEvent]], None] = lambda _db, _events: None
    tables: tuple[ProjectedTable, ...] = ()
    recount: Callable[[Session], None] = lambda _db: None
    """Recomputes what is derived from the rows."""
    derived: Callable[[Session], Rows] = lambda _db: {}
    """Returns the derived rows, for comparison."""
    correct: Callable[[Session, Utc], list[Difference]] | None = None
    """For tables without one row per key: corrects what is stored, and returns the differences."""

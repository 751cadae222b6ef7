"""Stored events, and what features make of them: rows that can be made again, and facts."""

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

# An event as the projections read it: what, whose, and when.


class StoredEvent(Struct, frozen=True, kw_only=True, gc=False):
    """A stored event, decoded."""

    site: str
    agent: str
    stream: str
    seq: int
    event: Event
    at: Utc | None
    """True time, where it is known."""
    latest: Utc
    """True time, or else the end of its bounds; never after it arrived."""
    late: bool

    @property
    def order(self) -> str:
        """Sorts the events of an agent as they happened: streams are UUIDv7."""
        return f"{self.stream}/{self.seq:016d}"


def decoded_events(row: EventRow) -> Iterator[StoredEvent]:
    """The stored event, or nothing once retention has replaced its bytes by their hash."""
    raw = row.raw
    if raw is not None:
        yield StoredEvent(
            site=row.site_id,
            agent=row.agent_id,
            stream=row.stream,
            seq=row.seq,
            event=decode_event(raw).event,
            at=row.at,
            latest=min(row.at or row.not_after or row.received_at, row.received_at),
            late=row.late,
        )


@dataclass(frozen=True, slots=True)
class EventsForgotten:
    """Events lost their bytes: what was made of them loses the person, and is made no more."""

    told: tuple[Mapping[str, Any], ...]
    """Their fields."""

    def ids(self, field: str) -> set[str]:
        """The values of a field, from the events that had it."""
        return {value for mapping in self.told if (value := mapping.get(field))}


Rows = dict[tuple[str, str], dict[str, Any]]
"""Rows as they stand, by table and key."""
Effect = Callable[[Session, Sequence[StoredEvent], Utc], None]
"""Changes facts as events say; only for events stored for the first time, and the time it is now.

Unlike projections, facts are not made again from events: people edit them as well.
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A projected row that was not what the events say; it is now."""

    table: str
    key: str
    what: str
    """`missing`, `should not be there`, or the names of the columns that differ."""


def no_column(_row: Mapping[str, Any]) -> Collection[str]:
    """All columns come from events."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedTable:
    """A table whose rows are made of events."""

    model: type[Base]
    key: str = "id"
    begins: Callable[[Event], str | None]
    """The key of the row that an event begins. What retention took it of stays as it is."""
    tells_of: Callable[[Event], str | None] = lambda _event: None
    """The key of the row, begun by another event, that this one goes on with."""
    by_hand: Callable[[Mapping[str, Any]], Collection[str]] = no_column
    """Columns of a row that do not come from events; a rebuild keeps them."""
    gone: Callable[[Session], set[str]] = lambda _db: set()
    """Keys that would come back wrong, because the event that ends them has lost its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Rows that are upserts by their own id: the same, in whatever order events come."""

    project: Callable[[Session, Sequence[StoredEvent]], None] = lambda _db, _events: None
    makes: tuple[ProjectedTable, ...] = ()
    recount: Callable[[Session], None] = lambda _db: None
    """Make again, from the rows, what is derived from them."""
    derived: Callable[[Session], Rows] = lambda _db: {}
    """The derived rows, for comparison."""
    put_right: Callable[[Session, Utc], list[Difference]] | None = None
    """For tables without one row per key: correct what is stored, and return the differences."""

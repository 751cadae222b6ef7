"""An event as the projections read it: what, whose, and when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.wire.events import Event
from controller.wire.journal_bytes import decode_event


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

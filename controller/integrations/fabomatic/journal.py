"""Stores the boards' messages as events, in a stream of their own, like an agent's."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.hub.directory import KnownAgent
from controller.hub.event_batches import store_batches
from controller.hub.intake import Batch, Item
from controller.hub.streams import lock_streams
from controller.hub.timing import LATE
from controller.integrations.fabomatic.boards import gateway
from controller.wire.events import EventBase
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import decode_event, event_hash, seal

_KEPT_MS = 2 * LATE // timedelta(milliseconds=1)
"""How long a board has kept what it reports late, at least; it doesn't say how long."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The event stream of one run of the listener."""

    site: str
    boot: str = field(default_factory=uuid7)
    stream: str = field(default_factory=uuid7)
    began_s: float = field(default_factory=time.monotonic)

    def head(self, point: str, now: Utc, ago_s: float = 0.0) -> dict[str, Any]:
        """The fields that all events share, for something that happened `ago_s` seconds ago."""
        run_ms = int((time.monotonic() - self.began_s) * 1000)
        return {
            "event_id": uuid7(),
            "boot_id": self.boot,
            "mono_ms": max(0, run_ms - int(ago_s * 1000)),
            "at": Utc.of(now - timedelta(seconds=ago_s)),
            "clock_trusted": True,
            "access_point": point,
        }

    def write(self, db: Session, events: Sequence[EventBase], now: Utc, *, is_late: bool) -> None:
        """Store events and apply their effects, in the session's transaction.

        `is_late`: they arrive late, though nobody knows when they happened.
        """
        if not events:
            return
        agent = KnownAgent(
            id=gateway(self.site), site=self.site, kid="", public_key=b"", points=frozenset()
        )
        key = (agent.id, self.stream)
        stream = lock_streams(db, [key], now)[key]
        items = tuple(_seal_events(events, stream.received.through, stream.last_hash))
        batch = Batch(
            agent=agent,
            stream=self.stream,
            boot_id=self.boot,
            sent_mono_ms=max(event.mono_ms for event in events) + (_KEPT_MS if is_late else 0),
            items=items,
        )
        store_batches(db, [batch], now)


def _seal_events(events: Sequence[EventBase], through: int, last: str) -> list[Item]:
    items = []
    for seq, event in enumerate(events, through + 1):
        raw = seal(event, seq, last)
        sealed, digest = decode_event(raw), event_hash(raw)
        items.append(Item(seq=seq, raw=raw, hash=digest, prev_hash=last, event=sealed.event))
        last = digest
    return items

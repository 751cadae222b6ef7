"""Events of the demo's agents before it began: signed as by agents, stored as by the hub."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self
from uuid import UUID

import msgspec

from controller.cli.demo.place import POINTS, SITE_ID
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.hub.directory import KnownAgent
from controller.hub.event_batches import store_batches
from controller.hub.intake import split_batch
from controller.kernel.database import Database
from controller.wire.events import EventBase
from controller.wire.journal_bytes import GENESIS, event_hash, seal
from controller.wire.messages import EventBatch

_AT_MOST = 60
"""Highest number of events in a batch."""


@dataclass
class Journal:
    """The journal of one agent, in a stream of its own."""

    agent: KnownAgent
    began: Utc
    stream: str
    boot: str
    seq: int = 0
    last: str = GENESIS
    waiting: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, agent: str, began: Utc, dice: Random) -> Self:
        """Return the empty journal of one of the demo's agents."""
        points = frozenset(str(wired.point.id) for wired in POINTS if wired.point.agent == agent)
        known_agent = KnownAgent(id=agent, site=SITE_ID, kid="", public_key=b"", points=points)
        boot = str(UUID(int=dice.getrandbits(128), version=4))
        return cls(known_agent, began, new_id(dice, began.millis()), boot)

    def add(self, event_id: str, at: Utc, point: str, kind: type[EventBase], fields: Any) -> None:
        """Add an event to the journal."""
        event = kind(
            event_id=event_id,
            boot_id=self.boot,
            mono_ms=at.millis() - self.began.millis(),
            at=at,
            clock_trusted=True,
            access_point=AccessPointId(point),
            **fields,
        )
        self.seq += 1
        raw = seal(event, self.seq, self.last)
        self.last = event_hash(raw)
        self.waiting.append(raw)

    def batches(self, now: Utc) -> Iterator[EventBatch]:
        """Yield the events that are not stored yet as batches, in order, and remove them."""
        for first in range(0, len(self.waiting), _AT_MOST):
            batch = self.waiting[first : first + _AT_MOST]
            yield EventBatch(
                sent_at=now,
                stream=self.stream,
                boot_id=self.boot,
                sent_mono_ms=now.millis() - self.began.millis(),
                events=tuple(msgspec.Raw(event) for event in batch),
            )
        self.waiting.clear()


def store(database: Database, journals: Iterable[Journal], now: Utc) -> None:
    """Store the new events of the journals, as received at `now`."""
    batches = [
        split_batch(journal.agent, batch) for journal in journals for batch in journal.batches(now)
    ]
    if batches:
        with database.write() as db:
            store_batches(db, batches, now)


def new_id(dice: Random, millis: int) -> str:
    """Return a UUIDv7 of that time (RFC 9562)."""
    moment, chance = millis << 80, dice.getrandbits(12) << 64 | dice.getrandbits(62)
    return str(UUID(int=moment | 7 << 76 | 2 << 62 | chance))

"""An agent as the hub sees it: a key, a stream of sealed events, and signed messages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec import Raw

from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.wire.codec import encode
from controller.wire.events import EventBase, SessionEnded, SessionStarted
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import GENESIS, event_hash, seal
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import EventBatch, Message
from controller.wire.signatures import Signer
from controller.wire.topics import Topics

START = Utc.parse("2026-03-02T09:00:00.000Z")


class FakeAgent:
    """Has a journal in memory."""

    def __init__(self, site: str, name: str, points: Sequence[str]) -> None:
        self.site = site
        self.name = name
        self.points = [AccessPointId(point) for point in points]
        self.signer = Signer.generate()
        self.topics = Topics(site)
        self.boot_id = "00000000-0000-4000-8000-000000000001"
        self.new_stream()

    def new_stream(self) -> None:
        self.stream = uuid7()
        self.journal: list[bytes] = []

    @property
    def last_hash(self) -> str:
        return event_hash(self.journal[-1]) if self.journal else GENESIS

    def record(self, kind: type[EventBase], *, at_s: float = 0.0, **fields: Any) -> bytes:
        """Add an event to the journal, at_s seconds after START; returns its bytes."""
        common: dict[str, Any] = {
            "event_id": uuid7(),
            "boot_id": self.boot_id,
            "mono_ms": int(at_s * 1000),
            "at": Utc.of(START + timedelta(seconds=at_s)),
            "clock_trusted": True,
            "access_point": self.points[0] if self.points else None,
        }
        sealed = seal(kind(**(common | fields)), len(self.journal) + 1, self.last_hash)
        self.journal.append(sealed)
        return sealed

    def record_raw(self, sealed: bytes) -> None:
        """Add any bytes to the journal."""
        self.journal.append(sealed)

    def record_session(self, at_s: float, length_s: float = 60.0, **fields: Any) -> str:
        """Record the start and the end of a machine session; returns its id."""
        session = uuid7()
        self.record(SessionStarted, at_s=at_s, session_id=session, **fields)
        self.record(
            SessionEnded,
            at_s=at_s + length_s,
            session_id=session,
            active_s=length_s / 2,
            idle_s=length_s / 2,
            powered_s=length_s,
            cause="tap",
            **fields,
        )
        return session

    def batch(self, events: Sequence[bytes] | None = None, **fields: Any) -> IncomingMessage:
        """An `event_batch` with these events, or with the whole journal."""
        sealed = self.journal if events is None else events
        common: dict[str, Any] = {
            "stream": self.stream,
            "boot_id": self.boot_id,
            "sent_at": START,
            "sent_mono_ms": 0,
        }
        message = EventBatch(events=tuple(map(Raw, sealed)), **(common | fields))
        return self.say(self.topics.agent_events(self.name), message)

    def say(
        self, topic: str, message: Message, signer: Signer | None = None, retained: bool = False
    ) -> IncomingMessage:
        """A signed message."""
        return self.say_bytes(topic, encode(message), signer, retained)

    def say_bytes(
        self, topic: str, payload: bytes, signer: Signer | None = None, retained: bool = False
    ) -> IncomingMessage:
        """Signed bytes."""
        signature = (signer or self.signer).sign(topic, payload)
        return IncomingMessage(
            topic=topic, payload=payload, kid=signature.kid, sig=signature.sig, retained=retained
        )

"""Stores events: verified, in one transaction for all agents, acknowledged after the commit."""

import logging
from collections.abc import Callable, Iterable, Sequence

import msgspec

from controller.domain.time import Utc
from controller.hub.admission import Admission, AdmittedMessage
from controller.hub.counters import Counters
from controller.hub.directory import KnownAgent
from controller.hub.event_batches import Outcome, store_batches
from controller.hub.intake import NO_NUMBER, Batch, Item, split_batch
from controller.hub.resume import Resumes
from controller.hub.streams import StreamKey, received_numbers
from controller.kernel.database import Database, wall_clock
from controller.wire.codec import encode
from controller.wire.errors import WireError
from controller.wire.journal_bytes import event_hash, peek
from controller.wire.link_port import IncomingMessage, Link
from controller.wire.messages import EventAck, EventBatch, Rejected
from controller.wire.scalars import Id7
from controller.wire.scan import items, members
from controller.wire.topics import Topics

_log = logging.getLogger(__name__)

MAX_LISTED = 1000
"""Maximum number of ranges and of rejected events per acknowledgement; the rest follows later."""


class Ingest:
    """Stores groups of event messages in the database and acknowledges them."""

    def __init__(
        self,
        database: Database,
        admission: Admission,
        link: Link,
        counters: Counters,
        clock: Callable[[], Utc] = wall_clock,
        resumes: Resumes | None = None,
    ) -> None:
        self._database = database
        self._admission = admission
        self._link = link
        self._counters = counters
        self._clock = clock
        self._resumes = resumes or Resumes()

    def handle(self, messages: list[IncomingMessage]) -> None:
        """Store a group, then acknowledge it. Raises DBAPIError; then nothing is acknowledged."""
        batches = self.receive(messages)
        if batches:
            self.acknowledge(self.commit(batches))

    def receive(self, messages: Iterable[IncomingMessage]) -> list[Batch]:
        """Return the event batches of the authentic messages."""
        batches = map(self._read, self._admission.admit(messages))
        return [batch for batch in batches if batch is not None]

    def _read(self, admitted: AdmittedMessage) -> Batch | None:
        message = self._admission.read(admitted, EventBatch)
        if message is None:
            return salvage(admitted.agent, admitted.message.payload)
        return split_batch(admitted.agent, message)

    def commit(self, batches: Sequence[Batch]) -> list[Outcome]:
        """Store batches in one transaction, which is committed on return."""
        with self._database.write() as db:
            outcomes = store_batches(db, batches, self._clock())
        for outcome in outcomes:
            self._counters.add("events_stored", outcome.stored)
            self._counters.add("events_rejected", len(outcome.rejected))
            for seq, reason in outcome.rejected.items():
                where = {"agent": outcome.agent, "stream": outcome.stream, "seq": seq}
                _log.info("an event was quarantined: %s", reason, extra=where)
        return outcomes

    def acknowledge(self, outcomes: Iterable[Outcome]) -> None:
        """Send the acknowledgements; an agent that does not get one sends its events again."""
        for outcome in outcomes:
            key = (outcome.agent, outcome.stream)
            resume = self._resumes.is_due(key)
            topic = Topics(outcome.site).agent_ack(outcome.agent)
            is_sent = self._link.publish(topic, encode(_ack(outcome, self._clock(), resume=resume)))
            if is_sent and resume:
                self._resumes.mark_sent(key)

    def resume(self, streams: Iterable[tuple[str, str, str]]) -> None:
        """Ask agents to compare their journals with the database, unless they were asked recently.

        `streams`: site, agent and stream of each connected agent. Raises DBAPIError.
        """
        due: dict[StreamKey, str] = {
            (agent, stream): site
            for site, agent, stream in streams
            if self._resumes.is_due((agent, stream))
        }
        if due:
            with self._database.read() as db:
                received = received_numbers(db, due.keys())
            self.acknowledge(
                Outcome.nothing_new(site, *key, received[key]) for key, site in due.items()
            )

    def quarantine(self, message: IncomingMessage) -> None:
        """Quarantine all events of a message that the database refuses."""
        for batch in self.receive([message]):
            refused = [_refused_item(item) for item in batch.items]
            stripped = Batch(
                agent=batch.agent,
                stream=batch.stream,
                boot_id=batch.boot_id,
                sent_mono_ms=batch.sent_mono_ms,
                items=tuple(refused),
            )
            self.acknowledge(self.commit([stripped]))


def _refused_item(item: Item) -> Item:
    return Item(
        seq=item.seq,
        raw=item.raw,
        hash=event_hash(item.raw),
        prev_hash=item.prev_hash,
        problem=item.problem or "the database refuses the message that brought it",
    )


def _ack(outcome: Outcome, now: Utc, *, resume: bool) -> EventAck:
    rejected = sorted(outcome.rejected.items())[:MAX_LISTED]
    return EventAck(
        at=now,
        stream=outcome.stream,
        through=outcome.received.through,
        also=outcome.received.also[:MAX_LISTED],
        rejected=tuple(Rejected(seq=seq, reason=reason) for seq, reason in rejected),
        fork=outcome.fork,
        resume=resume,
    )


# Events of a signed message that breaks the protocol go to quarantine, so that the agent does not
# send them for ever.

MAX_SALVAGED = 1_000
"""How many events of such a message are quarantined; the agent sends the rest again later."""
PROBLEM = "the message that brought it breaks the protocol"


def salvage(agent: KnownAgent, payload: bytes) -> Batch | None:
    """Return the message's events for quarantine; None if it is not a batch."""
    try:
        fields = members(payload)
        if (fields.get(b'"kind"'), fields.get(b'"v"')) != (b'"event_batch"', b"1"):
            return None
        stream = msgspec.json.decode(fields.get(b'"stream"', b"null"), type=Id7)
        events = items(fields.get(b'"events"', b"null"))[:MAX_SALVAGED]
    except (WireError, ValueError, msgspec.MsgspecError):
        return None
    if not events:
        return None
    return Batch(
        agent=agent, stream=stream, boot_id="", sent_mono_ms=0, items=tuple(map(_item, events))
    )


def _item(raw: bytes) -> Item:
    peeked = peek(raw)
    return Item(
        seq=peeked.seq or NO_NUMBER,
        raw=raw,
        hash=event_hash(raw),
        prev_hash=peeked.prev_hash,
        problem=PROBLEM,
    )

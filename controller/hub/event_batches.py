"""Stores batches of events of several agents in one transaction; returns the acknowledgements."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from controller.capabilities.alarms.alarm_counts import count_alarm
from controller.capabilities.journal.shapes import EventNews
from controller.domain.time import Utc
from controller.hub.event_sorter import DUPLICATE_EVENT, NewEvent, SortedEvents, sort_stream
from controller.hub.event_writer import DatedEvent, write_events
from controller.hub.hash_chain import broken_links, hash_at
from controller.hub.intake import Batch
from controller.hub.quarantine import put_in_quarantine
from controller.hub.streams import Stream, StreamKey, lock_streams, save_streams, stored_events
from controller.hub.timing import (
    Boots,
    EarlierEvent,
    anchor_boots,
    earlier_event,
    event_time,
    ids_with_valid_time,
    retime,
)
from controller.kernel.journal import EventAgain
from controller.kernel.merged_events import with_merged_members
from controller.kernel.outbox import post_news
from controller.kernel.projections import decoded_events
from controller.store.upsert import insert_missing
from controller.wire.events import JournalDegraded
from controller.wire.received_numbers import ReceivedNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result for a stream's events, valid once the transaction is committed."""

    site: str
    agent: str
    stream: str
    received: ReceivedNumbers
    rejected: dict[int, str]
    fork: bool
    stored: int

    @classmethod
    def nothing_new(
        cls, site: str, agent: str, stream: str, received: ReceivedNumbers
    ) -> "Outcome":
        """Return the outcome for a stream of which no new events arrived."""
        return cls(
            site=site,
            agent=agent,
            stream=stream,
            received=received,
            rejected={},
            fork=False,
            stored=0,
        )


def store_batches(db: Session, batches: Sequence[Batch], now: Utc) -> list[Outcome]:
    """Store the events without committing; harmless when repeated after a rollback.

    Raises sqlalchemy.exc.DBAPIError.
    """
    streams = lock_streams(db, (_key(batch) for batch in batches), now)
    by_stream: dict[StreamKey, list[Batch]] = {}
    for batch in batches:
        by_stream.setdefault(_key(batch), []).append(batch)
    stored = stored_events(db, _received_before(streams, by_stream))
    sorted_streams = [
        sort_stream(stream, by_stream[key], stored.get(key, {})) for key, stream in streams.items()
    ]
    _store(db, sorted_streams, now)
    for events in sorted_streams:
        site = by_stream[events.stream.key][0].agent.site
        put_in_quarantine(db, events.quarantined, now)
        insert_missing(db, EventAgain, _duplicate_rows(events))
        _alarm(db, events, site, now)
        _advance(db, events)
    save_streams(db, streams.values(), now)
    return [
        _outcome(events, by_stream[events.stream.key][0].agent.site) for events in sorted_streams
    ]


def _key(batch: Batch) -> StreamKey:
    return batch.agent.id, batch.stream


def _received_before(
    streams: Mapping[StreamKey, Stream], by_stream: Mapping[StreamKey, Sequence[Batch]]
) -> Iterator[tuple[Stream, set[int]]]:
    """Yield, per stream, the numbers that were received before."""
    for key, stream in streams.items():
        seqs = {item.seq for batch in by_stream[key] for item in batch.items}
        if received := {seq for seq in seqs if seq in stream.received}:
            yield stream, received


def _store(db: Session, streams: Sequence[SortedEvents], now: Utc) -> None:
    new_events = [(events, events.new[seq]) for events in streams for seq in sorted(events.new)]
    if not new_events:
        return
    valid_time_ids = ids_with_valid_time(
        db, [(events.stream.no, new.item.seq, new.event) for events, new in new_events], now
    )
    boots = anchor_boots(
        db, [(new.batch.agent.id, new.event) for _, new in new_events], valid_time_ids
    )
    retimed = retime(db, boots)
    dated = _date_events(db, new_events, boots, now)
    result = write_events(db, dated, boots, now)
    for batch, seq in result.conflicting:
        batch.withdraw(seq, DUPLICATE_EVENT)
    for batch, seq in result.duplicates:
        batch.mark_duplicate(seq)
    decoded = result.stored
    _alarm_wrong_clocks(db, new_events, valid_time_ids, now)
    for site, agent in {(event.site, event.agent) for event in decoded if not event.arrived_late}:
        post_news(db, EventNews(site=site, key=agent))
    decoded = with_merged_members(db, decoded)
    all_events = [
        *with_merged_members(db, [event for row in retimed for event in decoded_events(row)]),
        *decoded,
    ]
    for projection in db.info["house"].projections:
        projection.project(db, all_events)
    for effect in db.info["house"].effects:
        effect(db, decoded, now)


def _duplicate_rows(events: SortedEvents) -> list[dict[str, object]]:
    no = events.stream.no
    return [
        {"stream_no": no, "seq": seq, "hash": digest} for seq, digest in events.duplicates.items()
    ]


def _date_events(
    db: Session, new_events: Sequence[tuple[SortedEvents, NewEvent]], boots: Boots, now: Utc
) -> list[DatedEvent]:
    """Compute the time of each event, by stream and number; call it before they are stored."""
    earlier: dict[int, EarlierEvent | None] = {}
    dated = []
    for events, new_event in new_events:
        batch, event, no = new_event.batch, new_event.event, events.stream.no
        floor, boot_no = None, boots.numbers[batch.agent.id, event.boot_id]
        if event.event_id not in boots.valid_time_ids:
            if no not in earlier:
                earlier[no] = earlier_event(db, batch.agent.id, no, new_event.item.seq, boots)
            if (last := earlier[no]) is not None:
                floor = last.earliest(boot_no, event.mono_ms)
        when = event_time(batch, event, boots, floor, now)
        at = when.at or when.not_before
        if at is not None and not isinstance(event, JournalDegraded):
            earlier[no] = EarlierEvent(boot_no, event.mono_ms, at)
        dated.append(DatedEvent(events, new_event, when))
    return dated


def _alarm_wrong_clocks(
    db: Session,
    new_events: Sequence[tuple[SortedEvents, NewEvent]],
    valid_time_ids: Collection[str],
    now: Utc,
) -> None:
    """Count an alarm for each agent whose clock is wrong although it trusts it: ahead of this
    server's, or behind its own earlier events.

    `valid_time_ids`: the ids of the events whose own time can be used.
    """
    wrong: dict[tuple[str, str], list[Utc]] = {}
    for _, new_event in new_events:
        event, agent = new_event.event, new_event.batch.agent
        if event.clock_trusted and event.event_id not in valid_time_ids:
            wrong.setdefault((agent.id, agent.site), []).append(event.at)
    for (agent_id, site), times in sorted(wrong.items()):
        detail = {"at": times[0].text()}
        kind, number = "agent_clock_ahead", len(times)
        count_alarm(db, site=site, agent=agent_id, kind=kind, at=now, number=number, detail=detail)


def _alarm(db: Session, events: SortedEvents, site: str, now: Utc) -> None:
    agent, stream = events.stream.key
    broken = broken_links(db, events)
    causes: dict[str, tuple[int, dict[str, object]]] = {}
    if events.fork:
        causes["journal_fork"] = (1, {"stream": stream})
    if broken:
        causes["journal_chain"] = (len(broken), {"stream": stream, "seq": broken[0]})
    if events.quarantined and not events.fork:
        _, item, reason = events.quarantined[0]
        detail = {"stream": stream, "seq": item.seq, "reason": reason}
        causes["quarantine"] = (len(events.quarantined), detail)
    for kind, (number, detail) in causes.items():
        count_alarm(db, site=site, agent=agent, kind=kind, at=now, number=number, detail=detail)


def _advance(db: Session, events: SortedEvents) -> None:
    """Update the stream's state with what this transaction receives."""
    stream = events.stream
    stream.forked |= events.fork
    after = stream.received.plus(events.numbers)
    if after.through != stream.received.through:
        stream.last_hash = hash_at(db, events, after.through)
    stream.received = after


def _outcome(events: SortedEvents, site: str) -> Outcome:
    agent, stream = events.stream.key
    return Outcome(
        site=site,
        agent=agent,
        stream=stream,
        received=events.stream.received,
        rejected=events.rejected,
        fork=events.stream.forked,
        stored=len(events.new),
    )

"""Store what several agents sent, in one transaction, and say what to acknowledge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.projection import raise_alarm
from controller.capabilities.journal.news import EventNews
from controller.domain.time import Utc
from controller.hub.chain import broken_links, hash_at
from controller.hub.effects import take_effect
from controller.hub.intake import Batch
from controller.hub.projections_list import project
from controller.hub.quarantine import put_in_quarantine
from controller.hub.received import Received
from controller.hub.sorting import TWICE, Fresh, Sorted, sort_stream
from controller.hub.streams import Stream, StreamKey, known_under, lock_streams, save_streams
from controller.hub.timing import Timed, anchor_boots, floor_of, retime, timed
from controller.kernel.happened import Happened, happened
from controller.kernel.journal import EventRow
from controller.kernel.outbox import tell
from controller.store.upsert import insert_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a stream's events; true once the transaction is committed."""

    site: str
    agent: str
    stream: str
    received: Received
    rejected: dict[int, str]
    fork: bool
    stored: int


def store_group(db: Session, batches: Sequence[Batch], now: Utc) -> list[Outcome]:
    """Do everything but commit. Running it again after a rollback is harmless.

    Raises sqlalchemy.exc.DBAPIError.
    """
    streams = lock_streams(db, (_key(batch) for batch in batches), now)
    sorted_streams = [_sort(db, streams[key], batches) for key in streams]
    _withdraw_known_ids(db, sorted_streams)
    _store(db, sorted_streams, now)
    sites = {_key(batch): batch.agent.site for batch in batches}
    for each in sorted_streams:
        put_in_quarantine(db, each.aside, now)
        _alarm(db, each, sites[each.stream.key], now)
        _advance(db, each)
    save_streams(db, streams.values(), now)
    return [_outcome(each, sites[each.stream.key]) for each in sorted_streams]


def _key(batch: Batch) -> StreamKey:
    return batch.agent.id, batch.stream


def _sort(db: Session, stream: Stream, batches: Sequence[Batch]) -> Sorted:
    mine = [batch for batch in batches if _key(batch) == stream.key]
    return sort_stream(stream, mine, lambda seqs: known_under(db, stream.key, seqs))


def _withdraw_known_ids(db: Session, streams: Iterable[Sorted]) -> None:
    """An id that another event has already would fail the whole transaction."""
    taken: dict[str, tuple[Sorted, int]] = {}
    for each in streams:
        for seq in sorted(each.new):
            name = each.new[seq].event.event_id
            if name in taken:
                each.withdraw(seq, TWICE)
            else:
                taken[name] = (each, seq)
    ids = list(taken)
    for start in range(0, len(ids), 1000):
        some = ids[start : start + 1000]
        for known in db.scalars(select(EventRow.event_id).where(EventRow.event_id.in_(some))):
            each, seq = taken[known]
            each.withdraw(seq, TWICE)


def _store(db: Session, streams: Sequence[Sorted], now: Utc) -> None:
    new = [each.new[seq] for each in streams for seq in sorted(each.new)]
    if not new:
        return
    anchors = anchor_boots(db, ((each.batch.agent.id, each.event) for each in new))
    moved = retime(db, anchors)
    floors = _Floors(db)
    rows, facts = [], []
    for each in new:
        batch, event = each.batch, each.event
        anchor = anchors.known.get((batch.agent.id, event.boot_id))
        floor = None if event.clock_trusted else floors.of(batch, each.item.seq)
        when = timed(batch, event, anchor, floor, now)
        rows.append(_row(each, when, now))
        facts.append(_fact(each, when, now))
        if not when.late:
            tell(db, EventNews(site=batch.agent.site, key=batch.agent.id))
    insert_all(db, EventRow, rows)
    project(db, [*(fact for row in moved for fact in happened(row)), *facts])
    take_effect(db, facts, now)


class _Floors:
    """For each stream of this transaction, when its last event with a known time happened."""

    def __init__(self, db: Session) -> None:
        self._db = db
        self._known: dict[StreamKey, Utc | None] = {}

    def of(self, batch: Batch, seq: int) -> Utc | None:
        """Looked up for a stream's lowest number, which comes first; it holds for the others."""
        key = _key(batch)
        if key not in self._known:
            self._known[key] = floor_of(self._db, *key, seq)
        return self._known[key]


def _row(fresh: Fresh, when: Timed, now: Utc) -> dict[str, object]:
    batch, item, event = fresh.batch, fresh.item, fresh.event
    return {
        "agent_id": batch.agent.id,
        "stream": batch.stream,
        "seq": item.seq,
        "event_id": event.event_id,
        "site_id": batch.agent.site,
        "access_point_id": event.access_point,
        "type": event.__struct_config__.tag,
        "boot_id": event.boot_id,
        "mono_ms": event.mono_ms,
        "at": when.at,
        "not_before": when.not_before,
        "not_after": when.not_after,
        "received_at": now,
        "late": when.late,
        "raw": item.raw,
        "hash": item.hash,
        "prev_hash": item.prev_hash,
    }


def _fact(fresh: Fresh, when: Timed, now: Utc) -> Happened:
    batch = fresh.batch
    return Happened(
        site=batch.agent.site,
        agent=batch.agent.id,
        stream=batch.stream,
        seq=fresh.item.seq,
        event=fresh.event,
        at=when.at,
        latest=when.at or when.not_after or now,
        late=when.late,
    )


def _alarm(db: Session, each: Sorted, site: str, now: Utc) -> None:
    agent, stream = each.stream.key
    broken = broken_links(db, each)
    causes: dict[str, dict[str, object]] = {}
    if each.fork:
        causes["journal_fork"] = {"stream": stream}
    if broken:
        causes["journal_chain"] = {"stream": stream, "seq": broken[0]}
    if each.aside and not each.fork:
        _, item, reason = each.aside[0]
        causes["quarantine"] = {"stream": stream, "seq": item.seq, "reason": reason}
    for kind, detail in causes.items():
        key = f"{kind}:{agent}:{stream}"
        raise_alarm(db, key=key, site=site, agent=agent, kind=kind, at=now, detail=detail)


def _advance(db: Session, each: Sorted) -> None:
    """Move the stream's state past what this transaction takes."""
    stream = each.stream
    stream.forked |= each.fork
    after = stream.received.plus(each.numbers)
    if after.through != stream.received.through:
        stream.last_hash = hash_at(db, each, after.through)
    stream.received = after


def _outcome(each: Sorted, site: str) -> Outcome:
    agent, stream = each.stream.key
    return Outcome(
        site=site,
        agent=agent,
        stream=stream,
        received=each.stream.received,
        rejected=each.rejected,
        fork=each.stream.forked,
        stored=len(each.new),
    )

"""The true time of events: from the agent's trusted clock, from its boot's anchor, or only bounds.

A clock that is minutes ahead of this hub's, or behind an earlier event of its stream, is not
trusted, even if the agent trusts it: nothing takes effect in the future, or in another month.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, and_, bindparam, func, select, tuple_, update
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.domain.time import MAX_CLOCK_LAG, Utc
from controller.hub.intake import Batch
from controller.kernel.journal import BootAnchor, EventRow, is_skewed
from controller.store.upsert import insert_missing
from controller.wire.events import Event, JournalDegraded

JOURNAL_DEGRADED = str(JournalDegraded.__struct_config__.tag)
LATE = timedelta(seconds=30)
"""An event that reaches the hub more than this long after it happened is late."""
_LATE_MS = LATE // timedelta(milliseconds=1)

MAX_CLOCK_LEAD = timedelta(minutes=5)
"""How far an event's time may be ahead of its arrival; beyond this the agent's clock is wrong."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment of a boot for which both the wall clock and the monotonic clock are known."""

    mono_ms: int
    at: Utc

    def earlier(self, other: "Anchor | None") -> "Anchor":
        """Return the anchor to use for the boot, independent of their order."""
        if other is None:
            return self
        return min(self, other, key=lambda anchor: (anchor.mono_ms, anchor.at))


def true_time(at: Utc, trusted: bool, mono_ms: int, anchor: Anchor | None) -> Utc | None:
    """Return `at` if the clock was trusted, else the time computed from the boot's anchor.

    None: not known (yet).
    """
    if trusted:
        return at
    if anchor is None:
        return None
    try:
        return Utc.of(anchor.at - timedelta(milliseconds=anchor.mono_ms - mono_ms))
    except OverflowError:  # an absurd monotonic time leads beyond the calendar
        return None


def is_ahead(at: Utc, received_at: Utc) -> bool:
    """Return whether an event's time is so far after its arrival that it can't be right."""
    return at - received_at > MAX_CLOCK_LEAD


def is_late(happened: Utc | None, received_at: Utc) -> bool:
    """Return whether an event arrived over 30 s late; an unknown time counts as late."""
    return happened is None or received_at - happened > LATE


BootKey = tuple[str, str]
"""Agent and boot."""


class EventTime(Struct, frozen=True, gc=False):
    """When an event happened, as far as it is known: a time, or bounds."""

    at: Utc | None
    not_before: Utc | None
    not_after: Utc | None
    arrived_late: bool


@dataclass(frozen=True, slots=True)
class Boots:
    """The boots of some events: their numbers, their anchors, and which anchors have changed."""

    numbers: dict[BootKey, int]
    anchors: dict[BootKey, Anchor]
    moved: dict[int, Anchor]
    """Changed anchors by boot number."""
    valid_time_ids: Collection[str]
    """The ids of the events whose own time can be used."""


def ids_with_valid_time(
    db: Session, events: Iterable[tuple[int, int, Event]], received_at: Utc
) -> set[str]:
    """Return the ids of the events whose own time can be used; the clock of the others is wrong.

    `events`: number of the stream, number in it, and event, in their order. The time of one that
    arrives late is compared with that of the last event before it in its stream.
    """
    newest: dict[int, Utc | None] = {}
    valid_time_ids = set()
    for stream_no, seq, event in events:
        if not event.clock_trusted or is_ahead(event.at, received_at):
            continue
        if stream_no not in newest and received_at - event.at > MAX_CLOCK_LAG:
            newest[stream_no] = _last_time(db, stream_no, seq, received_at)
        last = newest.get(stream_no)
        if last is None or last - event.at <= MAX_CLOCK_LAG:
            valid_time_ids.add(event.event_id)
            if not isinstance(event, JournalDegraded):
                newest[stream_no] = max(last or event.at, event.at)
    return valid_time_ids


def _last_time(db: Session, stream_no: int, seq: int, received_at: Utc) -> Utc | None:
    """Return the time of the last earlier event of the stream, or None.

    One that is in the future by now was stored while this hub's own clock was ahead.
    """
    return db.scalar(
        select(EventRow.at)
        .where(_is_before(stream_no, seq), EventRow.at <= received_at)
        .order_by(EventRow.seq.desc())
        .limit(1)
    )


def _is_before(stream_no: int, seq: int) -> ColumnElement[bool]:
    """Condition of events that happened before one of the same stream.

    `journal_degraded` does not count: the events that an agent rescues from a damaged journal come
    after it.
    """
    return and_(
        EventRow.stream_no == stream_no, EventRow.seq < seq, EventRow.type != JOURNAL_DEGRADED
    )


def anchor_boots(
    db: Session, events: Iterable[tuple[str, Event]], valid_time_ids: Collection[str]
) -> Boots:
    """Read the boots of these pairs of agent and event, and store better anchors.

    The anchor of a boot is the trusted moment with the lowest monotonic time, so the order in which
    events arrive makes no difference.
    """
    best: dict[BootKey, Anchor | None] = {}
    for agent, event in events:
        boot = (agent, event.boot_id)
        best_anchor = best.setdefault(boot, None)
        is_earlier = best_anchor is None or event.mono_ms <= best_anchor.mono_ms
        if is_earlier and event.event_id in valid_time_ids:
            best[boot] = Anchor(event.mono_ms, event.at).earlier(best_anchor)
    numbers, anchors = _numbers_and_anchors(db, sorted(best))
    moved: dict[int, Anchor] = {}
    for boot, new_anchor in best.items():
        if new_anchor is not None:
            old = anchors.get(boot)
            anchors[boot] = new_anchor.earlier(old)
            if anchors[boot] != old:
                moved[numbers[boot]] = anchors[boot]
    _store_anchors(db, moved)
    return Boots(numbers, anchors, moved, valid_time_ids)


class EarlierEvent(Struct, frozen=True, gc=False):
    """An earlier event of a stream, at which a later one can't have happened yet."""

    boot_no: int | None
    """None: not an event, but the box's enrolment or an earlier boot."""
    mono_ms: int
    at: Utc
    """Its true time, else the earliest possible one."""

    def earliest(self, boot_no: int, mono_ms: int) -> Utc:
        """Return the earliest time of a later event: a new boot began after this event."""
        since = mono_ms - (self.mono_ms if boot_no == self.boot_no else 0)
        return Utc.of(self.at + timedelta(milliseconds=min(max(0, since), _LONGEST_MS)))


def event_time(
    batch: Batch, event: Event, boots: Boots, floor: Utc | None, received_at: Utc
) -> EventTime:
    """Return when an event happened; `floor`: the earliest possible time."""
    if event.event_id in boots.valid_time_ids:
        late = is_late(event.at, received_at) or _has_waited(batch, event)
        return EventTime(event.at, None, None, late)
    anchor = boots.anchors.get((batch.agent.id, event.boot_id))
    at = _anchored(event.mono_ms, anchor, received_at)
    latest = received_at
    if event.boot_id == batch.boot_id and event.mono_ms <= batch.sent_mono_ms:
        age = timedelta(milliseconds=min(batch.sent_mono_ms - event.mono_ms, _LONGEST_MS))
        latest = Utc.of(received_at - age)
    floor = floor and min(floor, latest)
    return EventTime(at, floor, latest, is_late(at or latest, received_at))


def _has_waited(batch: Batch, event: Event) -> bool:
    """Return whether the event was late when it was sent, whatever the wall clock says.

    One of an earlier boot is older than the boot in which it was sent.
    """
    happened_ms = event.mono_ms if event.boot_id == batch.boot_id else 0
    return batch.sent_mono_ms - happened_ms > _LATE_MS


def _anchored(mono_ms: int, anchor: Anchor | None, received_at: Utc) -> Utc | None:
    """Return the time from the boot's anchor; None if impossible or in the future."""
    at = true_time(received_at, False, mono_ms, anchor)
    return None if at is None or is_ahead(at, received_at) else at


_LONGEST_MS = 3650 * 86_400_000
"""No boot is assumed to last longer than ten years; more would overflow dates."""


def earlier_event(
    db: Session, agent_id: str, stream_no: int, seq: int, boots: Boots
) -> EarlierEvent | None:
    """Return the last earlier event of the stream whose time, or earliest time, is known.

    Without one: an earlier boot of the agent, or its enrolment.
    """
    earliest = func.coalesce(EventRow.at, EventRow.not_before)
    columns = EventRow.__table__.c
    row = db.execute(
        select(columns.boot_no, columns.mono_ms, columns.at, columns.not_before)
        .where(_is_before(stream_no, seq), earliest.is_not(None))
        .order_by(EventRow.seq.desc())
        .limit(1)
    ).first()
    if row is not None:
        return EarlierEvent(row.boot_no, row.mono_ms, row.at or row.not_before)
    earlier_boot = select(func.max(BootAnchor.at)).where(
        BootAnchor.agent_id == agent_id, BootAnchor.no.not_in(boots.numbers.values())
    )
    at = db.scalar(earlier_boot) or db.scalar(
        select(AgentRow.enrolled_at).where(AgentRow.id == agent_id)
    )
    return None if at is None else EarlierEvent(None, 0, at)


def retime(db: Session, boots: Boots) -> Sequence[EventRow]:
    """Recompute the times of events whose boot got another anchor; return those that changed."""
    if not boots.moved:
        return []
    rows = db.scalars(
        select(EventRow)
        .where(EventRow.boot_no.in_(sorted(boots.moved)), EventRow.not_after.is_not(None))
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.at = _anchored(row.mono_ms, boots.moved[row.boot_no], row.received_at)
        row.skewed = is_skewed(row.id_high, row.at)
    db.flush()
    return rows


def _numbers_and_anchors(
    db: Session, boots: list[BootKey]
) -> tuple[dict[BootKey, int], dict[BootKey, Anchor]]:
    """Return the numbers and anchors of boots; new boots get a number."""
    rows = _read(db, boots)
    if missing := [boot for boot in boots if boot not in rows]:
        new_boots = [{"agent_id": agent, "boot_id": boot_id} for agent, boot_id in missing]
        insert_missing(db, BootAnchor, new_boots)
        rows |= _read(db, missing)
    anchors = {
        boot: Anchor(mono_ms, at)
        for boot, (_, mono_ms, at) in rows.items()
        if mono_ms is not None and at is not None
    }
    return {boot: row[0] for boot, row in rows.items()}, anchors


def _read(db: Session, boots: list[BootKey]) -> dict[BootKey, tuple[int, int | None, Utc | None]]:
    columns = BootAnchor.__table__.c
    rows = db.execute(
        select(columns.agent_id, columns.boot_id, columns.no, columns.mono_ms, columns.at).where(
            tuple_(columns.agent_id, columns.boot_id).in_(boots)
        )
    )
    return {(agent, boot): (no, mono_ms, at) for agent, boot, no, mono_ms, at in rows}


def _store_anchors(db: Session, moved: dict[int, Anchor]) -> None:
    table = cast(Table, BootAnchor.__table__)
    rows = [
        {"boot_no": no, "mono_ms": anchor.mono_ms, "at": anchor.at}
        for no, anchor in sorted(moved.items())
    ]
    if rows:
        db.connection().execute(update(table).where(table.c.no == bindparam("boot_no")), rows)

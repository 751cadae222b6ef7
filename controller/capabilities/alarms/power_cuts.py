"""Power cuts: several agents that boot within five minutes, and the jobs that were lost."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.alarms.projection import raise_alarm
from controller.domain.states import EndCause
from controller.domain.time import Utc
from controller.kernel.journal import BootAnchor, EventRow, JournalName, StreamState, sealed_bytes
from controller.kernel.journal_where import IS_SKEWED, by_id_time, moment, number_of, streams_of
from controller.kernel.paging import without_index
from controller.kernel.projections import Projection, StoredEvent
from controller.store.packed_event import unpack
from controller.wire.events import AgentStarted, Event, SessionEnded
from controller.wire.journal_bytes import decode_event

WINDOW = timedelta(minutes=5)
"""Agents that boot within this time of each other lost power together."""
KIND = "power_cut"
_RESTARTED = EndCause.AGENT_RESTARTED.value.encode()
_SEARCH_MARGIN = timedelta(hours=1)
"""How far before and after the new events to search for starts of the same power cut."""
_MAX_IDS = 5_000
"""Maximum number of ids in a SQL statement: SQLite accepts 32,766 values."""
_COLUMNS = (
    "id_high",
    "id_low",
    "seq",
    "mono_ms",
    "at",
    "not_after",
    "received_at",
    "boot_no",
    "type",
    "prev_hash",
    "body",
)


class _StoredEvent(Struct, frozen=True, gc=False):
    """The fields of a stored event that are used here."""

    agent: str
    boot: int
    latest: Utc
    event: Event


def project(db: Session, events: Iterable[StoredEvent]) -> None:
    """Raise or update the power cuts to which these events belong."""
    times: dict[str, list[Utc]] = {}
    for event in events:
        if _is_boot(event.event) or _is_lost_job(event.event):
            times.setdefault(event.site, []).append(event.best_time)
    for site, moments in times.items():
        around = Utc.of(min(moments) - _SEARCH_MARGIN), Utc.of(max(moments) + _SEARCH_MARGIN)
        started = _read(db, site, *around, EventRow.type == "agent_started")
        for starts in _groups(
            [stored_event for stored_event in started if _is_boot(stored_event.event)]
        ):
            if len({start.agent for start in starts}) > 1:
                _raise_power_cut(db, site, starts)


def _is_boot(event: Event) -> bool:
    return isinstance(event, AgentStarted) and event.reason == "boot"


def _is_lost_job(event: Event) -> bool:
    """Return whether the event reports a job that its agent lost with the power."""
    restarted = EndCause.AGENT_RESTARTED.value
    return isinstance(event, SessionEnded) and event.was_running and event.cause == restarted


def _read(
    db: Session, site: str, since: Utc, until: Utc, condition: ColumnElement[bool]
) -> list[_StoredEvent]:
    """Return the stored events of that time, in order of time.

    Includes events whose time is only known within bounds. Reads columns instead of objects for
    speed: when a thousand agents start at once, this is called hundreds of times.
    """
    row = EventRow.__table__.c
    statement = (
        select(
            *(row[name] for name in _COLUMNS),
            StreamState.agent_id,
            BootAnchor.boot_id,
            JournalName.name.label("point"),
        )
        .join(StreamState, StreamState.no == row.stream_no)
        .join(BootAnchor, BootAnchor.no == row.boot_no)
        .outerjoin(JournalName, JournalName.no == row.point_no)
        .where(condition)
    )
    rows = _rows_between(db, statement, site, since, until)
    events = [event for row in rows if (event := _stored_event(row)) is not None]
    return sorted(
        events, key=lambda stored_event: (stored_event.latest, stored_event.event.event_id)
    )


def _rows_between(
    db: Session, statement: Select[*tuple[Any, ...]], site: str, since: Utc, until: Utc
) -> list[Any]:
    """Return the statement's rows of that time, including those whose time is only known within
    bounds."""
    near = and_(EventRow.at >= since, EventRow.at <= until)
    at_time = statement.where(or_(near, EventRow.at.is_(None)))
    return [
        *db.execute(at_time.where(EventRow.site_no == number_of(site), by_id_time(since, until))),
        *db.execute(at_time.where(without_index(EventRow.site_no) == number_of(site), IS_SKEWED)),
    ]


def _stored_event(row: Any) -> _StoredEvent | None:
    """Return the event; None if retention has replaced its content by a hash."""
    event = _cached_event(row) if row.type == "agent_started" else _event(row)
    if event is None:
        return None
    latest = min(row.at or row.not_after or row.received_at, row.received_at)
    return _StoredEvent(row.agent_id, row.boot_no, latest, event)


def _event(row: Any) -> Event | None:
    raw = sealed_bytes(row, row.boot_id, row.point)
    return None if raw is None else decode_event(raw).event


_cached_event = lru_cache(maxsize=4_096)(_event)
"""Like `_event`, cached: with a thousand agents, their starts are read again for each group. Starts
contain no personal data."""


def _groups(starts: Sequence[_StoredEvent]) -> list[list[_StoredEvent]]:
    """Split starts, in order of time, where the next one is more than five minutes later."""
    groups: list[list[_StoredEvent]] = []
    for start in starts:
        if not groups or start.latest - groups[-1][-1].latest > WINDOW:
            groups.append([])
        groups[-1].append(start)
    return groups


def _has_emptied_ends(db: Session, site: str, agents: set[str], first: Utc, last: Utc) -> bool:
    """Return whether retention has removed the content of a session's end in that time.

    Then lost jobs can't be counted again. Searches by the time in ids and not by agent, which would
    read the events of all years.
    """
    of_agents = without_index(EventRow.stream_no).in_(streams_of(agents))
    is_empty_end = and_(EventRow.type == "session_ended", EventRow.body.is_(None))
    emptied = (
        select(EventRow.seq)
        .where(is_empty_end, moment >= first, moment <= last, of_agents)
        .limit(1)
    )
    near = emptied.where(EventRow.site_no == number_of(site), by_id_time(first, last))
    skewed = emptied.where(without_index(EventRow.site_no) == number_of(site), IS_SKEWED)
    return db.scalar(near) is not None or db.scalar(skewed) is not None


def _jobs(
    db: Session, site: str, starts: Sequence[_StoredEvent], first: Utc, last: Utc
) -> list[_StoredEvent]:
    """Return the ends of lost jobs, which agents report after the boot that follows the cut."""
    boots = EventRow.boot_no.in_({start.boot for start in starts})
    condition = and_(EventRow.type == "session_ended", boots)
    bodies = select(EventRow.id_high, EventRow.id_low, EventRow.body).where(condition)
    ids = [
        (row.id_high, row.id_low)
        for row in _rows_between(db, bodies, site, first, last)
        if row.body is not None and _may_be_lost(row.body)
    ]
    if not ids:
        return []
    if len(ids) <= _MAX_IDS:
        condition = tuple_(EventRow.id_high, EventRow.id_low).in_(ids)
    session_ends = _read(db, site, first, last, condition)
    return [
        event
        for event in session_ends
        if _is_lost_job(event.event) and first <= event.latest <= last
    ]


def _may_be_lost(body: bytes) -> bool:
    """Return whether the event may be the end of a lost job, without decoding it.

    After a power cut, a thousand agents may send thousands of sessions within minutes. Events with
    backslash escapes count as possible, since JSON may use them in any word.
    """
    text = unpack(body, b"", "")
    return _RESTARTED in text or b"\\" in text


def _raise_power_cut(db: Session, site: str, starts: Sequence[_StoredEvent]) -> None:
    agents = {start.agent for start in starts}
    first, last = (Utc.of(starts[0].latest - WINDOW), Utc.of(starts[-1].latest + WINDOW))
    jobs = _jobs(db, site, starts, first, last)
    detail: dict[str, Any] = {
        "agents": sorted(agents),
        "jobs_lost": sorted(str(job.event.access_point) for job in jobs),
    }
    key = f"{KIND}:{min(start.event.event_id for start in starts)}"
    is_raised = db.scalar(select(Alarm.id).where(Alarm.key == key)) is not None
    if is_raised and _has_emptied_ends(db, site, agents, first, last):
        return
    other_keys = [f"{KIND}:{start.event.event_id}" for start in starts]
    for alarm in db.scalars(select(Alarm).where(Alarm.key.in_(other_keys), Alarm.key != key)):
        db.delete(alarm)  # an earlier start of the same power cut has arrived meanwhile
    db.flush()
    at = starts[0].latest
    raise_alarm(db, key=key, site=site, agent=starts[0].agent, kind=KIND, at=at, detail=detail)
    alarm = db.scalars(select(Alarm).where(Alarm.key == key)).one()
    alarm.detail, alarm.raised_at, alarm.agent_id = detail, at, starts[0].agent
    db.flush()


PROJECTION = Projection(project=project)

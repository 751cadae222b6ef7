"""Makes machine sessions from the events of their starts, states and ends, in any order of
arrival."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.usage import booked_to, cuts_by_user, doubts
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.record import Record, read, write
from controller.capabilities.usage.totals import recount, share, time_zones, update_totals
from controller.domain.time import Utc
from controller.kernel.outbox import post_news
from controller.kernel.projections import ProjectedTable, Projection, Rows, StoredEvent
from controller.wire.events import Event, SessionEnded, SessionStarted, SessionState

# The cause of an end without an event: the machine's next session has started.

SUPERSEDED = "superseded"
LONGEST_S = 366 * 86_400.0


def is_open(cause: str | None) -> bool:
    """Return whether no event has reported the session's end."""
    return cause in (None, SUPERSEDED)


def close_superseded(db: Session, starts: Iterable[tuple[str, Utc]]) -> None:
    """Recompute, near these starts, the ends of sessions that the next start on the machine ended.

    `starts`: pairs of access point and start, including earlier ones of changed sessions. The
    result depends only on the stored starts and ends, not on their order of arrival.
    """
    spans: dict[str, tuple[Utc, Utc]] = {}
    for point, start in starts:
        first, last = spans.get(point, (start, start))
        spans[point] = (min(first, start), max(last, start))
    changes = [
        change for point, span in spans.items() for change in _changed_ends(db, point, *span)
    ]
    if changes:
        table = cast(Table, SessionRow.__table__)
        db.connection().execute(update(table).where(table.c.id == bindparam("session_id")), changes)


def _changed_ends(db: Session, point: str, first: Utc, last: Utc) -> list[dict[str, object]]:
    """Return updates for ends that have to change, from the start before `first` to `last`."""
    ends = []
    for row in db.execute(_missing_ends_query(), {"point": point, "first": first, "last": last}):
        cause = None if row.end is None else SUPERSEDED
        if (row.ended_at, row.end_told_at, row.cause) != (row.end, row.end_told, cause):
            end = {"ended_at": row.end, "end_told_at": row.end_told, "cause": cause}
            ends.append({"session_id": row.id, **end})
    return ends


@cache
def _missing_ends_query() -> Select[Any]:
    """Select the sessions without a reported end, each with the start of the next one."""
    current, later = (cast(Table, SessionRow.__table__).alias(name).c for name in ("this", "later"))
    point, first, last = (
        bindparam(name, type_=column.type)
        for name, column in (
            ("point", current.access_point_id),
            ("first", current.started_at),
            ("last", current.started_at),
        )
    )
    follows = or_(
        later.started_at > current.started_at,
        and_(later.started_at == current.started_at, later.id > current.id),
    )
    same_point = later.access_point_id == point
    following = (
        select(later.started_at)
        .where(same_point, later.started_at >= current.started_at, follows)
        .order_by(later.started_at, later.id)
        .limit(1)
    )
    before = select(func.max(later.started_at)).where(same_point, later.started_at < first)
    return select(
        current.id,
        current.ended_at,
        current.end_told_at,
        current.cause,
        following.scalar_subquery().label("end"),
        following.with_only_columns(later.start_told_at).scalar_subquery().label("end_told"),
    ).where(
        current.access_point_id == point,
        current.started_at >= func.coalesce(before.scalar_subquery(), first),
        current.started_at <= last,
        or_(current.cause.is_(None), current.cause == SUPERSEDED),
    )


SessionEvent = SessionStarted | SessionState | SessionEnded
"""The events that change a machine session."""
_KINDS = (SessionStarted, SessionState, SessionEnded)


def project(db: Session, events: Iterable[StoredEvent]) -> None:
    """Insert or update the sessions of these events, and the totals of their days."""
    session_events = [
        (event, event.event)
        for event in events
        if isinstance(event.event, _KINDS) and event.event.access_point
    ]
    if not session_events:
        return
    sessions = read(db, {event.session_id for _, event in session_events})
    calendars = time_zones(
        db, {event.site for event, _ in session_events} | {row.site_id for row in sessions.values()}
    )
    before = {key: share(row, calendars) for key, row in sessions.items()}
    starts = {(row.access_point_id, row.started_at) for row in sessions.values()}
    changed, started = _apply_all(db, sessions, session_events)
    people = booked_to.users(db, started)
    late = _late_starts(session_events)
    booked_to.book(db, started, people, late)
    cuts_by_user.record_late_cut(db, changed)
    doubts.mark(db, started, [event for event, _ in session_events], people)
    write(db, changed)
    shares = [share(row, calendars) for row in changed]
    update_totals(db, (before.get(row.id) for row in changed), shares)
    starts |= {(row.access_point_id, row.started_at) for row in changed}
    close_superseded(db, ((point, start) for point, start in starts if start is not None))


def _late_starts(events: Iterable[tuple[StoredEvent, SessionEvent]]) -> set[str]:
    return {
        event.session_id
        for stored_event, event in events
        if stored_event.arrived_late and isinstance(event, SessionStarted)
    }


def _apply_all(
    db: Session, sessions: dict[str, Record], events: Sequence[tuple[StoredEvent, SessionEvent]]
) -> tuple[list[Record], list[Record]]:
    """Apply the events; return all changed or new sessions, and those whose start was reported."""
    changed: dict[str, Record] = {}
    started: list[Record] = []
    for stored_event, event in events:
        row = sessions.get(event.session_id)
        if row is None:
            row = Record(
                event.session_id, stored_event.site, stored_event.agent, str(event.access_point)
            )
            sessions[row.id] = row
        # Ids are random: an agent that uses the id of another agent's session is faulty or
        # malicious.
        if row.agent_id == stored_event.agent:
            _apply(row, stored_event)
            if row.latest_start is not None or row.latest_end is not None:
                _fit(row)
            changed[row.id] = row
            if isinstance(event, SessionStarted):
                started.append(row)
            if not stored_event.arrived_late:
                post_news(db, SessionNews(site=stored_event.site, key=row.id))
    return [changed[key] for key in sorted(changed)], started


def _apply(row: Record, event: StoredEvent) -> None:
    match event.event:
        case SessionStarted() as start:
            if row.is_doubtful and row.latest_start is not None and event.at is not None:
                row.is_doubtful = None  # decided again, now that the start is known
            row.started_at, row.latest_start = event.estimate, _latest(event)
            row.start_told_at = min(row.start_told_at or event.received_at, event.received_at)
            row.member_ref = start.member or row.member_ref
        case SessionState() as state if event.order >= (row.state_order or ""):
            row.state, row.state_order = state.state.value, event.order
            row.state_at = event.estimate
            if is_open(row.cause):
                _copy_seconds(row, state)
        case SessionEnded() as end if _is_first_end(row, event):
            row.ended_at, row.latest_end = event.estimate, _latest(event)
            row.end_told_at = event.received_at
            row.cause = end.cause
            reported_s = (end.active_s, end.idle_s, end.powered_s, end.gap_s)
            row.active_s, row.idle_s, row.powered_s, row.gap_s = map(_bounded, reported_s)
            row.member_ref = row.member_ref or end.member
        case _:
            pass


def _latest(event: StoredEvent) -> Utc | None:
    """Return the latest possible time of an event without a time; None: its time is known."""
    return None if event.at is not None else event.best_time


def _fit(row: Record) -> None:
    """Move an estimated start or end to where the known seconds of use fit between them."""
    start, end = row.started_at, row.ended_at
    if start is None or end is None or is_open(row.cause):
        return
    lasted = timedelta(seconds=row.powered_s)
    if row.latest_end is not None:
        row.ended_at = max(end, Utc.of(start + lasted))
    elif row.latest_start is not None:
        row.started_at = min(max(start, Utc.of(end - lasted)), end)


def _is_first_end(row: Record, event: StoredEvent) -> bool:
    """Return whether this is the earliest end, or the first one whose time is known.

    An agent that was restored from an old copy of its card ends a session again, later; the first
    end is right.
    """
    if is_open(row.cause) or row.ended_at is None:
        return True
    is_known, was_known = event.at is not None, row.latest_end is None
    if is_known is not was_known:
        return is_known
    return event.estimate < row.ended_at


def _copy_seconds(row: Record, state: SessionState) -> None:
    """Copy the seconds so far; those in the end event replace them."""
    for name in ("active_s", "idle_s", "powered_s"):
        seconds = getattr(state, name)
        if seconds is not None:
            setattr(row, name, max(_bounded(seconds), getattr(row, name)))


def _bounded(seconds: float) -> float:
    """Limit the seconds to a year, in case an agent is faulty or malicious."""
    return min(seconds, LONGEST_S)


def _changed_session(event: Event) -> str | None:
    return event.session_id if isinstance(event, _KINDS) else None


def _started_session(event: Event) -> str | None:
    return event.session_id if isinstance(event, SessionStarted) else None


def _days(db: Session) -> Rows:
    """Return the daily totals as rows, without empty ones."""
    columns = UsageDay.__table__.c
    keys = [column.name for column in UsageDay.__table__.primary_key]
    rows = [row._mapping for row in db.execute(select(*columns).where(columns.sessions != 0))]
    table = UsageDay.__tablename__
    return {(table, "/".join(str(row[key]) for key in keys)): dict(row) for row in rows}


_BY_HAND = (
    *("organisation_id", "project_id", "course_session_id", "booked_by", "row_version"),
    *("public", "material_mg", "cut_by_own", "given_up_at", "is_doubtful"),
)
"""Columns that people or other features set, which a rebuild of the projection keeps."""
PROJECTION = Projection(
    project=project,
    tables=(
        ProjectedTable(
            model=SessionRow,
            start_key=_started_session,
            row_key=_changed_session,
            manual_columns=lambda _row: _BY_HAND,
        ),
    ),
    recount=recount,
    derived=_days,
)

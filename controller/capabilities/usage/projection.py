"""Make machine sessions from the events of their starts, states and ends, in any order of
arrival."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.usage import booked_to, own_cuts
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.record import Record, read, write
from controller.capabilities.usage.totals import recount, share, update_totals, zones
from controller.domain.time import Utc
from controller.kernel.outbox import post_news
from controller.kernel.projections import ProjectedTable, Projection, Rows, StoredEvent
from controller.wire.events import Event, SessionEnded, SessionStarted, SessionState

# Cause of an end that no event reported: a later start on the same machine ended the session.

SUPERSEDED = "superseded"
LONGEST_S = 366 * 86_400.0


def is_open(cause: str | None) -> bool:
    """Return whether no event has reported the session's end."""
    return cause in (None, SUPERSEDED)


def close_superseded(db: Session, starts: Iterable[tuple[str, Utc]]) -> None:
    """Recompute, near these starts, the ends of sessions that the next start on the machine ended.

    `starts` are pairs of access point and start: those that sessions have now or had before. The
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
    for row in db.execute(_ends(), {"point": point, "first": first, "last": last}):
        cause = None if row.end is None else SUPERSEDED
        if (row.ended_at, row.cause) != (row.end, cause):
            ends.append({"session_id": row.id, "ended_at": row.end, "cause": cause})
    return ends


@cache
def _ends() -> Select[Any]:
    """Select the sessions that no event has ended, each with the start that follows it."""
    this, later = (cast(Table, SessionRow.__table__).alias(name).c for name in ("this", "later"))
    point, first, last = (
        bindparam(name, type_=column.type)
        for name, column in (
            ("point", this.access_point_id),
            ("first", this.started_at),
            ("last", this.started_at),
        )
    )
    follows = or_(
        later.started_at > this.started_at,
        and_(later.started_at == this.started_at, later.id > this.id),
    )
    there = later.access_point_id == point
    following = select(func.min(later.started_at)).where(
        there, later.started_at >= this.started_at, follows
    )
    before = select(func.max(later.started_at)).where(there, later.started_at < first)
    return select(
        this.id, this.ended_at, this.cause, following.scalar_subquery().label("end")
    ).where(
        this.access_point_id == point,
        this.started_at >= func.coalesce(before.scalar_subquery(), first),
        this.started_at <= last,
        or_(this.cause.is_(None), this.cause == SUPERSEDED),
    )


SessionEvent = SessionStarted | SessionState | SessionEnded
"""The events that change a machine session."""
_KINDS = (SessionStarted, SessionState, SessionEnded)


def project(db: Session, events: Iterable[StoredEvent]) -> None:
    """Insert or update the sessions that these events are about, and the totals of their days."""
    mine = [
        (event, event.event)
        for event in events
        if isinstance(event.event, _KINDS) and event.event.access_point
    ]
    if not mine:
        return
    known = read(db, {event.session_id for _, event in mine})
    calendars = zones(
        db, {event.site for event, _ in mine} | {row.site_id for row in known.values()}
    )
    before = {key: share(row, calendars) for key, row in known.items()}
    starts = {(row.access_point_id, row.started_at) for row in known.values()}
    touched, begun = _apply_all(db, known, mine)
    booked_to.book(db, begun)
    own_cuts.mark_late(db, touched)
    write(db, touched)
    shares = [share(row, calendars) for row in touched]
    update_totals(db, (before.get(row.id) for row in touched), shares)
    starts |= {(row.access_point_id, row.started_at) for row in touched}
    close_superseded(db, ((point, start) for point, start in starts if start is not None))


def _apply_all(
    db: Session, known: dict[str, Record], events: Sequence[tuple[StoredEvent, SessionEvent]]
) -> tuple[list[Record], list[Record]]:
    """Apply the events; return all changed or new sessions, and those whose start was reported."""
    touched: dict[str, Record] = {}
    begun: list[Record] = []
    for stored_event, event in events:
        row = known.get(event.session_id)
        if row is None:
            row = Record(
                event.session_id, stored_event.site, stored_event.agent, str(event.access_point)
            )
            known[row.id] = row
        # Ids are random: an agent that names another agent's session is faulty or malicious.
        if row.agent_id == stored_event.agent:
            _apply(row, stored_event)
            touched[row.id] = row
            if isinstance(event, SessionStarted):
                begun.append(row)
            if not stored_event.late:
                post_news(db, SessionNews(site=stored_event.site, key=row.id))
    return [touched[key] for key in sorted(touched)], begun


def _apply(row: Record, event: StoredEvent) -> None:
    match event.event:
        case SessionStarted() as start:
            row.started_at = event.at
            row.member_ref = start.member or row.member_ref
        case SessionState() as told if event.order >= (row.state_order or ""):
            row.state, row.state_at, row.state_order = told.state.value, event.at, event.order
            if is_open(row.cause):
                _take_seconds(row, told)
        case SessionEnded() as end if _is_first_end(row, event.at):
            row.ended_at, row.cause = event.at, end.cause
            told_s = (end.active_s, end.idle_s, end.powered_s, end.gap_s)
            row.active_s, row.idle_s, row.powered_s, row.gap_s = map(_bounded, told_s)
            row.member_ref = row.member_ref or end.member
        case _:
            pass


def _is_first_end(row: Record, at: Utc | None) -> bool:
    """Return whether this is the earliest end.

    An agent restored from an old copy of its card ends a session again, later: the first end is
    right.
    """
    if is_open(row.cause):
        return True
    return at is not None and (row.ended_at is None or at < row.ended_at)


def _take_seconds(row: Record, told: SessionState) -> None:
    """Take over the seconds so far; the count in the end event replaces them."""
    for name in ("active_s", "idle_s", "powered_s"):
        seconds = getattr(told, name)
        if seconds is not None:
            setattr(row, name, max(_bounded(seconds), getattr(row, name)))


def _bounded(seconds: float) -> float:
    """No use is longer than a year, whatever an agent says that is broken or lies."""
    return min(seconds, LONGEST_S)


def _session_of(event: Event) -> str | None:
    return event.session_id if isinstance(event, _KINDS) else None


def _begins(event: Event) -> str | None:
    return event.session_id if isinstance(event, SessionStarted) else None


def _days(db: Session) -> Rows:
    """Return the daily totals as rows, except those that are empty by now."""
    columns = UsageDay.__table__.c
    keys = [column.name for column in UsageDay.__table__.primary_key]
    rows = [row._mapping for row in db.execute(select(*columns).where(columns.sessions != 0))]
    table = UsageDay.__tablename__
    return {(table, "/".join(str(row[key]) for key in keys)): dict(row) for row in rows}


_BY_HAND = (
    *("organisation_id", "project_id", "course_session_id", "booked_by", "row_version"),
    *("public", "material_mg", "cut_by_own", "given_up_at"),
)
"""Columns that people or other features set, which a rebuild of the projection keeps."""
PROJECTION = Projection(
    project=project,
    makes=(
        ProjectedTable(
            model=SessionRow, begins=_begins, continues=_session_of, by_hand=lambda _row: _BY_HAND
        ),
    ),
    recount=recount,
    derived=_days,
)

"""Machine sessions, from their starts, states and ends, in whatever order these arrive."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.usage import booked_to
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.superseding import close_superseded, is_open
from controller.domain.time import Utc
from controller.kernel.happened import Happened
from controller.kernel.outbox import tell
from controller.wire.events import SessionEnded, SessionStarted, SessionState

Told = SessionStarted | SessionState | SessionEnded
_KINDS = (SessionStarted, SessionState, SessionEnded)


def project(db: Session, events: Iterable[Happened]) -> None:
    """Upsert the sessions that these events tell of."""
    mine = [
        (each, each.event)
        for each in events
        if isinstance(each.event, _KINDS) and each.event.access_point
    ]
    if not mine:
        return
    rows = _rows(db, mine)
    touched: dict[str, SessionRow] = {}
    begun: list[SessionRow] = []
    for each, event in mine:
        row = rows[event.session_id]
        # Ids are random: an agent that names another agent's session lies or is broken.
        if row.agent_id == each.agent:
            _apply(row, each)
            touched[row.id] = row
            if isinstance(event, SessionStarted):
                begun.append(row)
            if not each.late:
                tell(db, SessionNews(site=each.site, key=row.id))
    db.flush()
    booked_to.book(db, begun)
    close_superseded(db, list(touched.values()))


def _rows(db: Session, events: Sequence[tuple[Happened, Told]]) -> dict[str, SessionRow]:
    ids = {event.session_id for _, event in events}
    rows = {row.id: row for row in db.scalars(select(SessionRow).where(SessionRow.id.in_(ids)))}
    for each, event in events:
        if event.session_id not in rows:
            rows[event.session_id] = _empty(each, event)
            db.add(rows[event.session_id])
    return rows


def _empty(each: Happened, event: Told) -> SessionRow:
    return SessionRow(
        id=event.session_id,
        site_id=each.site,
        agent_id=each.agent,
        access_point_id=each.event.access_point,
        active_s=0.0,
        idle_s=0.0,
        powered_s=0.0,
        gap_s=0.0,
        member_ref=None,
        started_at=None,
        state=None,
        state_at=None,
        state_order=None,
        ended_at=None,
        cause=None,
        organisation_id=None,
        project_id=None,
        course_session_id=None,
        booked_by=None,
        row_version=1,
    )


def _apply(row: SessionRow, each: Happened) -> None:
    match each.event:
        case SessionStarted() as start:
            row.started_at = each.at
            row.member_ref = start.member or row.member_ref
        case SessionState() as told if each.order >= (row.state_order or ""):
            row.state, row.state_at, row.state_order = told.state.value, each.at, each.order
            if is_open(row):
                _count(row, told)
        case SessionEnded() as end if _is_first_end(row, each.at):
            row.ended_at, row.cause = each.at, end.cause
            row.active_s, row.idle_s, row.powered_s = end.active_s, end.idle_s, end.powered_s
            row.gap_s = end.gap_s
            row.member_ref = row.member_ref or end.member
        case _:
            pass


def _is_first_end(row: SessionRow, at: Utc | None) -> bool:
    """An agent with an old copy of its card ends a session once more, later: the first is true."""
    if is_open(row):
        return True
    return at is not None and (row.ended_at is None or at < row.ended_at)


def _count(row: SessionRow, told: SessionState) -> None:
    """Seconds so far; the end's own count replaces them."""
    for name in ("active_s", "idle_s", "powered_s"):
        seconds = getattr(told, name)
        if seconds is not None:
            setattr(row, name, max(seconds, getattr(row, name)))

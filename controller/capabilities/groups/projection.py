"""Projects supervision windows, which the policy passes to all agents of the site."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.groups.changes import WindowNews
from controller.capabilities.groups.models import WindowRow
from controller.kernel.outbox import post_news
from controller.kernel.projections import ProjectedTable, Projection, StoredEvent
from controller.policy import invalidate
from controller.wire.events import Event, WindowClosed, WindowOpened

_KINDS = (WindowOpened, WindowClosed)


def project(db: Session, events: Iterable[StoredEvent]) -> None:
    """Update the windows that these events open or close; a closing can arrive first."""
    window_events = [(event, event.event) for event in events if isinstance(event.event, _KINDS)]
    if not window_events:
        return
    ids = {event.window_id for _, event in window_events}
    rows = {row.id: row for row in db.scalars(select(WindowRow).where(WindowRow.id.in_(ids)))}
    for stored_event, event in window_events:
        row = rows.setdefault(event.window_id, _empty_row(stored_event, event))
        if not _may_change(row, stored_event, event):
            continue
        db.add(row)
        if isinstance(event, WindowOpened):
            if row.opened_at is None and not _is_same(row, event):
                row.closed_at = None  # an earlier closing was for another zone or supervisor
            row.agent_id, row.opened_at = stored_event.agent, stored_event.best_time
            row.until = event.until
            row.zone_id, row.supervisor = event.zone, event.supervisor
        else:
            row.closed_at = min(stored_event.best_time, row.closed_at or stored_event.best_time)
        invalidate(db, "window", [row.id], stored_event.site)
        if not stored_event.arrived_late:
            post_news(db, WindowNews(site=stored_event.site, key=row.id))


def _may_change(
    row: WindowRow, stored_event: StoredEvent, event: WindowOpened | WindowClosed
) -> bool:
    """Return whether the event may change the window.

    Only the window's own agent may report that it is open; its supervisor may close it at any agent
    of the site.
    """
    if isinstance(event, WindowOpened):
        return row.opened_at is None or row.agent_id == stored_event.agent
    return row.site_id == stored_event.site and _is_same(row, event)


def _is_same(row: WindowRow, event: WindowOpened | WindowClosed) -> bool:
    is_same_supervisor = row.supervisor in (None, event.supervisor)
    return row.zone_id == event.zone and is_same_supervisor


def _empty_row(stored_event: StoredEvent, event: WindowOpened | WindowClosed) -> WindowRow:
    return WindowRow(
        id=event.window_id,
        site_id=stored_event.site,
        agent_id=None,
        zone_id=event.zone,
        supervisor=event.supervisor,
        opened_at=None,
        until=None,
        closed_at=None,
        opened_by=None,
        closed_by=None,
    )


def _window_of(event: Event) -> str | None:
    return getattr(event, "window_id", None)


def _window_key(event: Event) -> str | None:
    return event.window_id if isinstance(event, WindowOpened) else None


def _manual_end(row: Mapping[str, Any]) -> Collection[str]:
    """Return the columns to keep when projecting again: an end that did not come from a tap."""
    return ("closed_at", "closed_by") if row["closed_by"] is not None else ()


PROJECTION = Projection(
    project=project,
    tables=(
        ProjectedTable(
            model=WindowRow, start_key=_window_key, row_key=_window_of, manual_columns=_manual_end
        ),
    ),
)

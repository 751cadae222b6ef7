"""Checks supervision windows that agents report: a supervisor must be allowed to open them."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.badges.at_reader import holder_at
from controller.capabilities.groups.changes import WindowRefused
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.places.models import ZoneRow
from controller.domain.time import Utc
from controller.kernel.capability import react
from controller.kernel.errors import Forbidden, NotFound, ServiceError
from controller.kernel.projections import StoredEvent
from controller.policy import facts_of
from controller.wire.events import WindowOpened

_HUB = "system:hub"
"""The actor that closes a window which the controller does not accept (decision 0200)."""
_CLOCK_TOLERANCE = timedelta(minutes=5)
"""How much longer than allowed a window may seem, since the agent's clock may be ahead."""


def refuse_windows(db: Session, events: Sequence[StoredEvent], _now: Utc) -> None:
    """Immediately close reported windows that their supervisor can't have opened there."""
    for stored_event in events:
        event = stored_event.event
        if not isinstance(event, WindowOpened):
            continue
        row = db.get(WindowRow, event.window_id)
        if row is None or row.agent_id != stored_event.agent or row.opened_at is None:
            continue
        try:
            _check(db, stored_event, event)
        except ServiceError as refusal:
            row.closed_at, row.closed_by = row.opened_at, _HUB
            db.flush()
            react(
                db,
                WindowRefused(
                    event_id=event.event_id,
                    site=stored_event.site,
                    agent=stored_event.agent,
                    access_point=event.access_point,
                    zone_id=event.zone,
                    reason=str(refusal),
                    at=stored_event.best_time,
                ),
            )


def _check(db: Session, stored_event: StoredEvent, event: WindowOpened) -> None:
    """Raise NotFound or Forbidden unless a supervisor of the zone can have opened the window."""
    if event.access_point is None:
        raise Forbidden("the event names no access point")
    point = facts_of.point(db, stored_event.site, event.access_point, stored_event.best_time)
    zone = db.get(ZoneRow, event.zone)
    if zone is None or point.zone != zone.id:
        raise NotFound("zone of this access point", event.zone)
    longest = timedelta(minutes=zone.window_max_min) + _CLOCK_TOLERANCE
    if event.until - stored_event.best_time > longest:
        raise Forbidden(f"longer than a window of {zone.id} may last")
    _, badge = holder_at(db, event.supervisor, point, stored_event)
    if zone.id not in badge.supervises:
        raise Forbidden(f"this person does not supervise {zone.id}")

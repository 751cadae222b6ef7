"""What events change of who is in: doors that opened, and fire."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence import evacuations, presence
from controller.capabilities.presence.door_moves import moves
from controller.domain.time import Utc
from controller.kernel.stored_event import StoredEvent
from controller.wire.events import DoorOpened, Fire


def follow(db: Session, events: Sequence[StoredEvent], now: Utc) -> None:
    """Update presence from door passages; a current fire event starts an evacuation."""
    for stored_event in events:
        match stored_event.event:
            case DoorOpened(member=str()) as event:
                _move(db, stored_event, event, now)
            case Fire(active=True) if not stored_event.late:
                evacuations.start_by_fire(
                    db, stored_event.site, stored_event.agent, stored_event.latest
                )


def _move(db: Session, stored_event: StoredEvent, event: DoorOpened, now: Utc) -> None:
    """A person moves zone when the door really opens; the newest move counts, late or not."""
    if not moves(db, stored_event, event):
        return
    known = db.scalar(select(ZoneRow.id).where(ZoneRow.id == event.zone))
    presence.move(
        db,
        stored_event.site,
        known,
        event.member or "",
        heads=event.headcount,
        at=stored_event.latest,
        now=now,
    )

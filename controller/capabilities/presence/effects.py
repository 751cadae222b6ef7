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
    """Move whoever passed a door; a fire that is told at once begins an evacuation."""
    for each in events:
        match each.event:
            case DoorOpened(member=str()) as event:
                _move(db, each, event, now)
            case Fire(active=True) if not each.late:
                evacuations.start_by_fire(db, each.site, each.agent, each.latest)


def _move(db: Session, each: StoredEvent, event: DoorOpened, now: Utc) -> None:
    """A person moves zone when the door really opens; the newest move counts, late or not."""
    if not moves(db, each, event):
        return
    known = db.scalar(select(ZoneRow.id).where(ZoneRow.id == event.zone))
    presence.move(
        db, each.site, known, event.member or "", heads=event.headcount, at=each.latest, now=now
    )

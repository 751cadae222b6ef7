"""Passages that change presence: through a door between two zones of its site, by somebody known
there."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.kernel.stored_event import StoredEvent
from controller.wire.events import DoorOpened


def moves(db: Session, stored_event: StoredEvent, event: DoorOpened) -> bool:
    """Whether it moves somebody: an agent has a say about its own doors alone (decision 0200)."""
    if event.member is None or event.access_point is None:
        return False
    door = db.get(AccessPointRow, event.access_point)
    into = event.zone or event.from_zone
    if door is None or into is None or into not in (door.zone_id, door.from_zone_id):
        return False
    member = exists().where(MemberRow.ref == event.member, known_at([stored_event.site]))
    group = exists().where(GroupRow.ref == event.member, GroupRow.site_id == stored_event.site)
    return bool(db.scalar(select(member | group)))

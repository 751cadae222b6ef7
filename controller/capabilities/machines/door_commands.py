"""Door commands: open once, keep open, back to its hours, lock down."""

from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.machines.access_points import access_point_row, set_service
from controller.capabilities.machines.commands import Command
from controller.capabilities.machines.device_commands import ask, release
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid
from controller.wire.commands import FollowHours, HoldDoor, LockDoor

LONGEST_HOLD = timedelta(hours=24)
"""A door that stays open for longer has other public hours."""


class LockedDown(Conflict):
    """The door is closed to all; `reason`: why."""

    def __init__(self, reason: str) -> None:
        super().__init__("this door is locked down; give it back to its hours first")
        self.reason = reason


def open_once(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Release a door once. Raises Conflict while it is locked down."""
    row = access_point_row(db, access_point_id, actor)
    if not row.in_service:
        raise LockedDown(row.service_reason or "")
    return release(db, access_point_id, actor=actor, now=now)


def keep_open(db: Session, access_point_id: str, until: Utc, *, actor: Actor, now: Utc) -> Command:
    """Keep a door released until then; its hours follow. Raises Invalid, Conflict."""
    row = access_point_row(db, access_point_id, actor)
    if not now < until <= now + LONGEST_HOLD:
        raise Invalid.of("until", "within the next 24 hours")
    if not row.in_service:
        raise LockedDown(row.service_reason or "")
    return ask(db, access_point_id, HoldDoor(until=until), actor, now)


def follow_hours(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Back to its hours: neither kept open nor locked down any more."""
    row = access_point_row(db, access_point_id, actor)
    sent = ask(db, access_point_id, FollowHours(), actor, now)
    if not row.in_service:
        set_service(db, access_point_id, in_service=True, reason=None, actor=actor, now=now)
    return sent


def lock_down(db: Session, access_point_id: str, reason: str, *, actor: Actor, now: Utc) -> Command:
    """Closed to all but maintainers, with a reason, until a person ends it. Raises Invalid."""
    row = access_point_row(db, access_point_id, actor)
    if row.kind is not PointKind.DOOR:
        raise Invalid.of("access_point", "only a door is locked down")
    set_service(db, access_point_id, in_service=False, reason=reason, actor=actor, now=now)
    return ask(db, access_point_id, LockDoor(), actor, now)

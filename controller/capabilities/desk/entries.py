"""Checks in members and groups at the desk: presence, course attendance and pass together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans import pass_days
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence, Present
from controller.capabilities.training import attendance
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryResult:
    """What a check-in changed, so that all of it can be undone."""

    present: Present
    courses: dict[str, Name] = field(default_factory=dict)
    """Course sessions that the member was marked as attending, by id."""
    spent: str | None = None
    """The id of the pass's spent day, if any."""


def check_in(db: Session, new: NewPresence, *, actor: Actor, now: Utc) -> EntryResult:
    """Check somebody in, since `new.at`. Raises Invalid, Forbidden."""
    present, spent = presence.check_in_spending_pass(db, new, actor=actor, now=now)
    if present.member_id is None:
        return EntryResult(present=present)
    at = new.at or now
    courses = attendance.record_arrival(db, present.member_id, present.site_id, at=at, actor=actor)
    return EntryResult(present=present, courses=courses, spent=spent)


def check_in_group(db: Session, group_id: str, zone_id: str, *, actor: Actor, now: Utc) -> Present:
    """Check in a group with all its people, with or without a badge.

    Raises Invalid, EvacuationRunning.
    """
    group, zone = db.get_one(GroupRow, group_id), db.get(ZoneRow, zone_id)
    actor.require(Permission.MEMBERS_WRITE, group.site_id)
    if zone is None or zone.site_id != group.site_id:
        raise Invalid.of("zone_id", f"no zone {zone_id}")
    presence.require_no_evacuation(db, group.site_id)
    headcount = group.headcount
    row = presence.move(
        db, group.site_id, zone.id, group.ref, heads=headcount, at=now, now=now, by_desk=True
    )
    return presence.shapes(db, [row])[0]


def undo_entry(
    db: Session,
    presence_id: str,
    *,
    courses: Sequence[str] = (),
    spent: str | None = None,
    actor: Actor,
    now: Utc,
) -> Present:
    """Undo the check-in of a wrong person or at a wrong time.

    Raises NotFound, Forbidden, DayUsed.
    """
    if spent:
        pass_days.lock_by_day(db, spent)
    present = presence.take_back(db, presence_id, actor=actor)
    if present.member_id is not None:
        attendance.undo_arrival(db, present.member_id, present.site_id, courses, actor=actor)
        if spent:
            pass_days.restore_day(db, spent, present.member_id, present.since, actor=actor, now=now)
    return present

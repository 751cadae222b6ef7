"""Checks in members and groups at the desk: presence, course attendance and pass together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members.models import MemberRow
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
    zone_before: str = ""
    """The room that the member was in before; empty: they were out."""
    is_new: bool = True
    """False: they were in that room already."""


def check_in(db: Session, new: NewPresence, *, actor: Actor, now: Utc) -> EntryResult:
    """Check somebody in, since `new.at`. Raises Invalid, Forbidden."""
    member = db.get(MemberRow, new.member_id) if new.member_id else None
    row = presence.inside(db, member.ref, now) if member else None
    zone_before = row.zone_id if row else None
    present, spent = presence.check_in_spending_pass(db, new, actor=actor, now=now)
    if present.member_id is None:
        return EntryResult(present=present)
    at = new.at or now
    courses = attendance.record_arrival(db, present.member_id, present.site_id, at=at, actor=actor)
    return EntryResult(
        present=present,
        courses=courses,
        spent=spent,
        zone_before=zone_before or "",
        is_new=present.since == at,
    )


def check_in_group(
    db: Session, group_id: str, zone_id: str, *, actor: Actor, now: Utc
) -> EntryResult:
    """Check in a group with all its people, with or without a badge.

    Nothing changes if it is in that room already. Raises Invalid, EvacuationRunning.
    """
    group, zone = db.get_one(GroupRow, group_id), db.get(ZoneRow, zone_id)
    actor.require(Permission.MEMBERS_WRITE, group.site_id)
    if zone is None or zone.site_id != group.site_id:
        raise Invalid.of("zone_id", f"no zone {zone_id}")
    presence.require_no_evacuation(db, group.site_id)
    before, headcount = presence.inside(db, group.ref, now), group.headcount
    zone_before = before.zone_id or "" if before else ""
    if before and zone_before == zone.id:
        return EntryResult(present=presence.shapes(db, [before])[0], is_new=False)
    row = presence.move(
        db, group.site_id, zone.id, group.ref, heads=headcount, at=now, now=now, by_desk=True
    )
    return EntryResult(present=presence.shapes(db, [row])[0], zone_before=zone_before)


def undo_entry(
    db: Session,
    presence_id: str,
    *,
    courses: Sequence[str] = (),
    spent: str | None = None,
    since: Utc | None = None,
    zone_before: str = "",
    actor: Actor,
    now: Utc,
) -> Present:
    """Undo the check-in of a wrong person, at a wrong time, or into a wrong room.

    Raises NotFound, Forbidden, DayUsed.
    """
    if spent:
        pass_days.lock_by_day(db, spent)
    present = presence.take_back(
        db, presence_id, since=since, zone_before=zone_before, actor=actor, now=now
    )
    if present.member_id is not None:
        attendance.undo_arrival(db, present.member_id, present.site_id, courses, actor=actor)
        if spent:
            pass_days.restore_day(db, spent, present.member_id, present.since, actor=actor, now=now)
    return present

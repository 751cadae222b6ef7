"""Who is in by a course session alone: noted as present there, and by no door or desk."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.presence import presence
from controller.capabilities.presence.models import EvacuationRow, PresenceRow
from controller.capabilities.training import attendance
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPresence:
    """A member who is in a course session, whose room nobody recorded."""

    member_id: str
    member_ref: str
    name: str
    needs_help: bool
    since: Utc


def in_sessions(db: Session, site_id: str, now: Utc) -> list[SessionPresence]:
    """Return whom a current session has as present, by name (decision 0327).

    What a door or the desk has said of them since counts instead, and so does an evacuation after
    which not everybody was back.
    """
    noted = [
        SessionPresence(
            member_id=member.id,
            member_ref=member.ref,
            name=member.display_name,
            needs_help=member.needs_help,
            since=since,
        )
        for member, since in attendance.present_now(db, site_id, now)
    ]
    if not noted:
        return []
    refs = [person.member_ref for person in noted]
    rows = db.scalars(select(PresenceRow).where(PresenceRow.member_ref.in_(refs)))
    known = {row.member_ref: row for row in rows}
    emptied = select(func.max(EvacuationRow.ended_at)).where(
        EvacuationRow.site_id == site_id, EvacuationRow.everyone_back.is_(False)
    )
    emptied_at = db.scalar(emptied)
    return [
        person
        for person in noted
        if not _is_placed(known.get(person.member_ref), site_id, person.since)
        and (emptied_at is None or person.since >= emptied_at)
    ]


def check_out(
    db: Session, site_id: str, member_id: str, *, actor: Actor, now: Utc
) -> SessionPresence:
    """Record that somebody who is in by a session alone has gone home.

    Raises NotFound, Forbidden, EvacuationRunning.
    """
    actor.require(Permission.MEMBERS_WRITE, site_id)
    presence.require_no_evacuation(db, site_id)
    people = [it for it in in_sessions(db, site_id, now) if it.member_id == member_id]
    if not people:
        raise NotFound("presence", member_id)
    presence.move(db, site_id, None, people[0].member_ref, at=now, now=now, by_desk=True)
    return people[0]


def _is_placed(row: PresenceRow | None, site_id: str, since: Utc) -> bool:
    """Return whether they are in a room here, or went somewhere after they were noted."""
    if row is None:
        return False
    return row.moved_at >= since or (row.site_id == site_id and row.zone_id is not None)

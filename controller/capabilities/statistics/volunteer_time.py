"""Time that volunteers gave to a place: how many people and how long, without names."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.statistics.models import VolunteerTime
from controller.capabilities.statistics.shapes import NewVolunteerTime, VolunteerEntry
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.mapping import to_shape
from controller.kernel.rows import resolve_site, visible
from controller.wire.ids import uuid7

_ROW_LIMIT = 20


def record(db: Session, new: NewVolunteerTime, *, actor: Actor, now: Utc) -> VolunteerEntry:
    """Record volunteers' time. Raises Forbidden, Invalid."""
    site_id = resolve_site(db, actor, Permission.MEMBERS_WRITE, new.site_id)
    if not 2000 <= new.day.year <= 2999:
        raise Invalid.of("day", "a day from 2000 to 2999")
    if new.day > now.astimezone(ZoneInfo(db.get_one(SiteRow, site_id).time_zone)).date():
        raise Invalid.of("day", "a day that has begun at the site")
    row = VolunteerTime(
        id=uuid7(),
        site_id=site_id,
        day=new.day,
        people=new.people,
        minutes=new.minutes,
        what=new.what,
        by=actor.ref,
        noted_at=now,
        taken_back_at=None,
    )
    db.add(row)
    db.flush()
    return _shape(row)


def take_back(db: Session, key: str, *, actor: Actor, now: Utc) -> None:
    """Mark an entry as a mistake: it stays stored but is not counted. Raises NotFound,
    Forbidden."""
    row = visible(db, VolunteerTime, key, "volunteer time", actor, Permission.MEMBERS_WRITE)
    row.taken_back_at = row.taken_back_at or now
    db.flush()


def newest_entries(db: Session, site_id: str, *, actor: Actor) -> list[VolunteerEntry]:
    """Return the newest entries, newest first. Raises Forbidden."""
    actor.require(Permission.REPORTS_READ, site_id)
    entries_of_site = (VolunteerTime.site_id == site_id, VolunteerTime.taken_back_at.is_(None))
    rows = select(VolunteerTime).where(*entries_of_site).order_by(VolunteerTime.day.desc())
    return [_shape(row) for row in db.scalars(rows.limit(_ROW_LIMIT))]


def _shape(row: VolunteerTime) -> VolunteerEntry:
    return to_shape(row, VolunteerEntry)

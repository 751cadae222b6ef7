"""Addresses of calendars: made with a secret that is shown once, listed, revoked, looked up."""

from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.changes import MemberLeft
from controller.capabilities.places.models import ZoneRow
from controller.domain.time import Utc
from controller.integrations.calendars.models import CalendarKind, CalendarRow
from controller.integrations.calendars.shapes import (
    Calendar,
    CalendarMade,
    NewCalendar,
    with_address,
)
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Forbidden, Invalid, NotFound
from controller.kernel.mapping import read
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, resolve_site
from controller.wire.ids import uuid7

# Permissions of this feature, and the roles that have them.

CALENDARS = Permission("calendars", (Role.MANAGER,))
"""To make addresses by which calendars are read, and to end them."""

_SECRET_BYTES = 32
_SUBJECTS = {
    CalendarKind.OWN: "member_id",
    CalendarKind.MACHINE: "access_point",
    CalendarKind.ROOM: "zone_id",
}


def create(db: Session, new: NewCalendar, *, base: str, actor: Actor, now: Utc) -> CalendarMade:
    """Make an address under `base`: one's own by oneself. Raises Invalid, Forbidden."""
    _check_subject(new)
    own = new.kind is CalendarKind.OWN
    permission = Permission.RULES_READ if own else CALENDARS
    site_id = resolve_site(db, actor, permission, new.site_id)
    if own and new.member_id != actor.member_id:
        raise Forbidden("one makes only one's own calendar")
    _check(db, new, site_id)
    secret = token_urlsafe(_SECRET_BYTES)
    row = CalendarRow(
        id=uuid7(),
        site_id=site_id,
        kind=new.kind,
        member_id=new.member_id,
        access_point_id=new.access_point,
        zone_id=new.zone_id,
        digest=_digest(secret),
        created_by=actor.ref,
        created_at=now,
    )
    db.add(row)
    audit.record(db, actor, now, "calendar_created", f"calendar:{row.id}", site_id)
    db.flush()
    return with_address(_shape(row), f"{base.rstrip('/')}/calendar/{secret}.ics")


def get(db: Session, calendar_id: str, *, actor: Actor) -> Calendar:
    """One of them. Raises NotFound."""
    return _shape(_visible(db, calendar_id, actor))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Calendar]:
    """One's own, and the shared ones of the actor's sites."""
    shared = and_(
        CalendarRow.kind != CalendarKind.OWN, at_sites(CalendarRow.site_id, actor.sites(CALENDARS))
    )
    own = CalendarRow.member_id == actor.member_id
    mine = select(CalendarRow).where(or_(shared, own) if actor.member_id else shared)
    return paged(db, mine, CalendarRow.id, cursor, lambda rows: [_shape(row) for row in rows])


def shared_calendars(
    db: Session, site_id: str, *, actor: Actor, cursor: Cursor = FIRST
) -> Page[Calendar]:
    """What the site shares and has not revoked; nobody's own. Raises Forbidden."""
    actor.require(CALENDARS, site_id)
    return paged(
        db,
        select(CalendarRow).where(*_shared_at(site_id)),
        CalendarRow.id,
        cursor,
        lambda rows: [_shape(row) for row in rows],
    )


def own(db: Session, *, actor: Actor) -> tuple[Calendar, ...]:
    """The actor's own that are in use, the newest first."""
    mine = (CalendarRow.member_id == (actor.member_id or ""), CalendarRow.revoked_at.is_(None))
    found = db.scalars(select(CalendarRow).where(*mine).order_by(CalendarRow.id.desc()))
    return tuple(_shape(row) for row in found)


def count_shared(db: Session, site_id: str) -> int:
    """How many those are."""
    return db.scalar(select(func.count(CalendarRow.id)).where(*_shared_at(site_id))) or 0


def revoke(db: Session, calendar_id: str, *, actor: Actor, now: Utc) -> Calendar:
    """Its address reads nothing from now on. Raises NotFound."""
    row = _visible(db, calendar_id, actor)
    if row.revoked_at is None:
        row.revoked_at = now
        audit.record(db, actor, now, "calendar_revoked", f"calendar:{row.id}", row.site_id)
    db.flush()
    return _shape(row)


def revoke_of(db: Session, left: MemberLeft) -> None:
    """The member has left: nobody reads their own calendar any more."""
    theirs = (CalendarRow.member_id == left.member.id, CalendarRow.revoked_at.is_(None))
    for row in db.scalars(select(CalendarRow).where(*theirs)):
        row.revoked_at = left.now
    db.flush()


def of_secret(db: Session, secret: str) -> CalendarRow | None:
    """The calendar that an address shows; none: it never was one, or is revoked."""
    this = (CalendarRow.digest == _digest(secret), CalendarRow.revoked_at.is_(None))
    return db.scalar(select(CalendarRow).where(*this))


def _shared_at(site_id: str) -> tuple[ColumnElement[bool], ...]:
    own = CalendarRow.kind != CalendarKind.OWN
    return (CalendarRow.site_id == site_id, own, CalendarRow.revoked_at.is_(None))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _check_subject(new: NewCalendar) -> None:
    """A calendar is of what its kind says, and of nothing else."""
    wanted = _SUBJECTS.get(new.kind)
    for name in _SUBJECTS.values():
        is_given = getattr(new, name) is not None
        if is_given is not (name == wanted):
            what = "not for" if is_given else "required for"
            raise Invalid.of(name, f"{what} a calendar of kind {new.kind}")


def _check(db: Session, new: NewCalendar, site_id: str) -> None:
    """What it shows must be there, and at this site."""
    point = new.access_point and db.get(AccessPointRow, new.access_point)
    if new.access_point is not None and (not point or point.site_id != site_id):
        raise Invalid.of("access_point", f"no access point {new.access_point} at {site_id}")
    zone = new.zone_id and db.get(ZoneRow, new.zone_id)
    if new.zone_id is not None and (not zone or zone.site_id != site_id):
        raise Invalid.of("zone_id", f"no zone {new.zone_id} at {site_id}")


def _visible(db: Session, key: str, actor: Actor) -> CalendarRow:
    row = get_or_404(db, CalendarRow, key, "calendar")
    own = row.kind is CalendarKind.OWN
    if not (row.member_id == actor.member_id if own else actor.may(CALENDARS, row.site_id)):
        raise NotFound("calendar", key)
    return row


def _shape(row: CalendarRow) -> Calendar:
    return read(row, Calendar)

"""Calendar addresses: created with a secret that is shown once, listed, revoked, looked up."""

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
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, resolve_site
from controller.wire.ids import uuid7

# The permission of this feature, and the roles that have it.

MANAGE_CALENDARS = Permission("calendars", (Role.MANAGER,))
"""Create and revoke the addresses of shared calendars."""

_SECRET_BYTES = 32
_SUBJECTS = {
    CalendarKind.OWN: "member_id",
    CalendarKind.MACHINE: "access_point",
    CalendarKind.ROOM: "zone_id",
}


def create(db: Session, new: NewCalendar, *, base: str, actor: Actor, now: Utc) -> CalendarMade:
    """Create an address under `base`; members create their own calendar themselves.

    Raises Invalid, Forbidden.
    """
    _check_subject(new)
    own = new.kind is CalendarKind.OWN
    permission = Permission.RULES_READ if own else MANAGE_CALENDARS
    site_id = resolve_site(db, actor, permission, new.site_id)
    if own and new.member_id != actor.member_id:
        raise Forbidden("you can only create your own calendar")
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
    """Return a calendar. Raises NotFound."""
    return _shape(_visible(db, calendar_id, actor))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Calendar]:
    """Return a page of the actor's own calendars and the shared ones of the actor's sites."""
    shared = and_(
        CalendarRow.kind != CalendarKind.OWN,
        at_sites(CalendarRow.site_id, actor.sites(MANAGE_CALENDARS)),
    )
    own = CalendarRow.member_id == actor.member_id
    query = select(CalendarRow).where(or_(shared, own) if actor.member_id else shared)
    return paged(db, query, CalendarRow.id, cursor, lambda rows: [_shape(row) for row in rows])


def shared_calendars(
    db: Session, site_id: str, *, actor: Actor, cursor: Cursor = FIRST
) -> Page[Calendar]:
    """Return a page of the site's shared calendars that are not revoked. Raises Forbidden."""
    actor.require(MANAGE_CALENDARS, site_id)
    return paged(
        db,
        select(CalendarRow).where(*_shared_at(site_id)),
        CalendarRow.id,
        cursor,
        lambda rows: [_shape(row) for row in rows],
    )


def own(db: Session, *, actor: Actor) -> tuple[Calendar, ...]:
    """Return the actor's own calendars that are not revoked, newest first."""
    conditions = (
        CalendarRow.member_id == (actor.member_id or ""),
        CalendarRow.revoked_at.is_(None),
    )
    rows = db.scalars(select(CalendarRow).where(*conditions).order_by(CalendarRow.id.desc()))
    return tuple(_shape(row) for row in rows)


def count_shared(db: Session, site_id: str) -> int:
    """Return how many shared calendars of the site are not revoked."""
    return db.scalar(select(func.count(CalendarRow.id)).where(*_shared_at(site_id))) or 0


def revoke(db: Session, calendar_id: str, *, actor: Actor, now: Utc) -> Calendar:
    """Revoke a calendar, so that its address no longer works. Raises NotFound."""
    row = _visible(db, calendar_id, actor)
    if row.revoked_at is None:
        row.revoked_at = now
        audit.record(db, actor, now, "calendar_revoked", f"calendar:{row.id}", row.site_id)
    db.flush()
    return _shape(row)


def revoke_for_leaver(db: Session, left: MemberLeft) -> None:
    """Revoke the own calendars of a member who has left."""
    conditions = (CalendarRow.member_id == left.member.id, CalendarRow.revoked_at.is_(None))
    for row in db.scalars(select(CalendarRow).where(*conditions)):
        row.revoked_at = left.now
    db.flush()


def find_by_secret(db: Session, secret: str) -> CalendarRow | None:
    """Return the calendar with this secret; None: unknown or revoked."""
    conditions = (CalendarRow.digest == _digest(secret), CalendarRow.revoked_at.is_(None))
    return db.scalar(select(CalendarRow).where(*conditions))


def _shared_at(site_id: str) -> tuple[ColumnElement[bool], ...]:
    is_shared = CalendarRow.kind != CalendarKind.OWN
    return (CalendarRow.site_id == site_id, is_shared, CalendarRow.revoked_at.is_(None))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _check_subject(new: NewCalendar) -> None:
    """Check that the calendar names what its kind requires, and nothing else. Raises Invalid."""
    required = _SUBJECTS.get(new.kind)
    for name in _SUBJECTS.values():
        is_given = getattr(new, name) is not None
        if is_given is not (name == required):
            problem = "not for" if is_given else "required for"
            raise Invalid.of(name, f"{problem} a calendar of kind {new.kind}")


def _check(db: Session, new: NewCalendar, site_id: str) -> None:
    """Check that the machine or zone exists at this site. Raises Invalid."""
    point = new.access_point and db.get(AccessPointRow, new.access_point)
    if new.access_point is not None and (not point or point.site_id != site_id):
        raise Invalid.of("access_point", f"no access point {new.access_point} at {site_id}")
    zone = new.zone_id and db.get(ZoneRow, new.zone_id)
    if new.zone_id is not None and (not zone or zone.site_id != site_id):
        raise Invalid.of("zone_id", f"no zone {new.zone_id} at {site_id}")


def _visible(db: Session, key: str, actor: Actor) -> CalendarRow:
    row = get_or_404(db, CalendarRow, key, "calendar")
    own = row.kind is CalendarKind.OWN
    if not (row.member_id == actor.member_id if own else actor.may(MANAGE_CALENDARS, row.site_id)):
        raise NotFound("calendar", key)
    return row


def _shape(row: CalendarRow) -> Calendar:
    return to_shape(row, Calendar)

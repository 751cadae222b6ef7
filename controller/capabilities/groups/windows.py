"""Opens and closes supervision windows without a tap."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from controller.capabilities.badges import handing_over
from controller.capabilities.groups.changes import WindowNews
from controller.capabilities.groups.messages import WindowOpenedMessage
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.groups.shapes import NewWindow, Window
from controller.capabilities.members.changes import MemberLeft, SupervisedZonesChanged
from controller.capabilities.members.models import MemberRow, Supervisor
from controller.capabilities.members.network import sites_of
from controller.capabilities.messages import write
from controller.capabilities.places.models import ZoneRow
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.names import members_of
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, require_readable
from controller.wire.ids import uuid7

_READ, _WRITE = Permission.LIVE_READ, Permission.COMMAND
CLOCK = "system:clock"
"""The actor that closes a window at its end."""


def open_window(db: Session, new: NewWindow, *, actor: Actor, now: Utc) -> Window:
    """Open a window: as a supervisor of the zone, or as the desk or a manager on their behalf.

    A supervisor who is named this way is notified immediately; only somebody who may certify can
    name one without an e-mail address. Raises Invalid if the person may not supervise there,
    Conflict if their window is already open.
    """
    zone = db.get(ZoneRow, new.zone_id)
    if zone is None or not actor.may(Permission.RULES_READ, zone.site_id):
        raise Invalid.of("zone_id", f"no zone {new.zone_id}")
    member = _supervisor(db, zone, new, actor)
    own_open = _open_windows(now).where(
        WindowRow.zone_id == zone.id, WindowRow.supervisor == member.ref
    )
    if db.scalar(own_open.limit(1)) is not None:
        raise Conflict("this supervisor's window is open already")
    minutes = min(new.minutes or zone.window_max_min, zone.window_max_min)
    row = WindowRow(
        id=uuid7(),
        site_id=zone.site_id,
        agent_id=None,
        zone_id=zone.id,
        supervisor=member.ref,
        opened_at=now,
        until=Utc.of(now + timedelta(minutes=minutes)),
        closed_at=None,
        opened_by=actor.ref,
        closed_by=None,
    )
    db.add(row)
    _record(db, row, "window_opened", actor, now)
    if member.id != actor.member_id:
        _notify(db, row, member, zone, actor, now)
    return _shapes(db, [row])[0]


def close(db: Session, window_id: str, *, actor: Actor, now: Utc) -> Window:
    """Close a window, even if somebody else opened it; idempotent. Raises NotFound, Forbidden."""
    row = _row(db, window_id, actor)
    if not _is_supervisor(db, row, actor):
        actor.require(_WRITE, row.site_id)
    if row.closed_at is None:
        row.closed_at, row.closed_by = now, actor.ref
        _record(db, row, "window_closed", actor, now)
    return _shapes(db, [row])[0]


def get(db: Session, window_id: str, *, actor: Actor) -> Window:
    """Return one window. Raises NotFound."""
    return _shapes(db, [_row(db, window_id, actor)])[0]


def page(
    db: Session, *, actor: Actor, now: Utc, zone_id: str | None = None, cursor: Cursor = FIRST
) -> Page[Window]:
    """Return a page of the windows that are open at the actor's sites."""
    actor.require_anywhere(_READ)
    statement = _open_windows(now).where(at_sites(WindowRow.site_id, actor.sites(_READ)))
    if zone_id is not None:
        statement = statement.where(WindowRow.zone_id == zone_id)
    return paged(db, statement, WindowRow.id, cursor, lambda rows: _shapes(db, rows))


def zones_of_actor(db: Session, site_id: str, *, actor: Actor) -> frozenset[str]:
    """Return the zones in which the actor may supervise; empty for an account without a member."""
    return frozenset() if actor.member_id is None else _zones_of(db, site_id, actor.member_id)


def zones_of_member(db: Session, site_id: str, member_id: str, *, actor: Actor) -> frozenset[str]:
    """Return the zones in which a member may supervise, for that member, the desk and managers.

    Raises Forbidden.
    """
    if member_id != actor.member_id:
        actor.require(_WRITE, site_id)
    return _zones_of(db, site_id, member_id)


def of_member(db: Session, site_id: str, member_id: str, *, actor: Actor, now: Utc) -> list[Window]:
    """Return the member's open windows at the site, for that member, the desk and managers.

    Raises Forbidden.
    """
    if member_id != actor.member_id:
        actor.require(_READ, site_id)
    ref = select(MemberRow.ref).where(MemberRow.id == member_id).scalar_subquery()
    open_windows = _open_windows(now).where(
        WindowRow.site_id == site_id, WindowRow.supervisor == ref
    )
    return _shapes(db, db.scalars(open_windows.order_by(WindowRow.id)).all())


def _zones_of(db: Session, site_id: str, member_id: str) -> frozenset[str]:
    zones = select(Supervisor.zone_id).join(ZoneRow, ZoneRow.id == Supervisor.zone_id)
    active = select(MemberRow.id).where(
        MemberRow.id == member_id, MemberRow.status == MemberStatus.ACTIVE
    )
    supervised = zones.where(ZoneRow.site_id == site_id, Supervisor.member_id.in_(active))
    return frozenset(db.scalars(supervised))


def close_ended(db: Session, now: Utc) -> None:
    """Close windows that have ended, so that they leave the policy."""
    past_windows = select(WindowRow).where(WindowRow.closed_at.is_(None), WindowRow.until <= now)
    for row in db.scalars(past_windows):
        row.closed_at, row.closed_by = row.until, CLOCK
        post_news(db, WindowNews(site=row.site_id, key=row.id))
    db.flush()


def end_all(db: Session, event: MemberLeft) -> None:
    """End the windows of a member who has left."""
    end_others(db, SupervisedZonesChanged(member=event.member, zones=(), now=event.now))


def end_others(db: Session, change: SupervisedZonesChanged) -> None:
    """End the member's windows outside the zones in which they may still supervise."""
    member, now = change.member, change.now
    windows = select(WindowRow).where(
        WindowRow.supervisor == member.ref,
        WindowRow.closed_at.is_(None),
        WindowRow.zone_id.not_in(change.zones),
    )
    for row in db.scalars(windows):
        row.closed_at, row.closed_by = now, f"member:{member.id}"
        post_news(db, WindowNews(site=row.site_id, key=row.id))
    db.flush()


def _open_windows(now: Utc) -> Select[WindowRow]:
    return select(WindowRow).where(
        WindowRow.opened_at.is_not(None), WindowRow.closed_at.is_(None), WindowRow.until > now
    )


def _supervisor(db: Session, zone: ZoneRow, new: NewWindow, actor: Actor) -> MemberRow:
    key = new.member_id or actor.member_id
    if key is None:
        raise Invalid.of("member_id", "required, since this account has no member")
    if key != actor.member_id:
        actor.require(_WRITE, zone.site_id)
    member = db.get(MemberRow, key)
    if member is None or zone.site_id not in sites_of(db, member):
        raise Invalid.of("member_id", f"no member {key} at this site")
    if db.get(Supervisor, (member.id, zone.id)) is None:
        raise Invalid.of("member_id", f"this person does not supervise {zone.id}")
    if member.status is not MemberStatus.ACTIVE:
        raise Conflict("this member is suspended or has left")
    return member


def _notify(
    db: Session, row: WindowRow, member: MemberRow, zone: ZoneRow, actor: Actor, now: Utc
) -> None:
    """Notify the supervisor, who is now responsible for others. Raises Forbidden."""
    written_to = handing_over.notice_addresses(db, member, now)
    if not handing_over.has_settled_address(db, member, now):
        actor.require(Permission.CERTIFY, zone.site_id)
    until = row.until or now
    message = WindowOpenedMessage(zone=zone.name, opened_at=now.text(), ends_at=until.text())
    for number, address in enumerate(written_to):
        key = f"{row.id}/{number}"
        write.to_member_at(db, member, address, message, site_id=zone.site_id, key=key, now=now)


def _row(db: Session, key: str, actor: Actor) -> WindowRow:
    row = get_or_404(db, WindowRow, key, "window")
    if not _is_supervisor(db, row, actor):
        require_readable(actor, _READ, row.site_id, "window", key)
    if row.opened_at is None or row.until is None:  # only its closing has been reported
        raise NotFound("window", key)
    return row


def _is_supervisor(db: Session, row: WindowRow, actor: Actor) -> bool:
    if actor.member_id is None:
        return False
    return db.get_one(MemberRow, actor.member_id).ref == row.supervisor


def _record(db: Session, row: WindowRow, action: str, actor: Actor, now: Utc) -> None:
    db.flush()
    audit.record(db, actor, now, action, f"window:{row.id}", row.site_id, zone=row.zone_id)
    post_news(db, WindowNews(site=row.site_id, key=row.id))


def _shapes(db: Session, rows: Sequence[WindowRow]) -> list[Window]:
    people = members_of(db, [row.supervisor for row in rows])
    return [
        to_shape(row, Window, member_id=member, name=name)
        for row in rows
        for member, name in [people.get(row.supervisor or "", (None, None))]
        if row.opened_at is not None and row.until is not None
    ]

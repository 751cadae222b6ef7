"""Report codes: the codes in QR codes at machines and in zones, for reports without an account."""

import secrets

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.machines.access_points import access_point_row
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.changes import ZoneRemoved
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.capabilities.user_reports.models import ReportCode as CodeRow
from controller.capabilities.user_reports.shapes import NewTellCode, TellCode, TellPlace
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404
from controller.kernel.shapes import Label
from controller.policy.reading import from_json
from controller.wire.ids import uuid7

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 10
"""Ten of 31 letters are 49 bits: too many to guess with a few tries per minute."""


def create(db: Session, new: NewTellCode, *, actor: Actor, now: Utc) -> TellCode:
    """Create a code for a machine, door or zone, and revoke the previous one.

    Raises Invalid, Forbidden.
    """
    place = _machine_or_zone(db, new, actor)
    actor.require(Permission.RULES_WRITE, place.site_id)
    previous = select(CodeRow).where(
        CodeRow.access_point_id == new.access_point
        if new.access_point is not None
        else CodeRow.zone_id == new.zone_id,
        CodeRow.revoked_at.is_(None),
    )
    for code in db.scalars(previous):
        code.revoked_at = now
    row = CodeRow(
        id=uuid7(),
        code="".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)),
        site_id=place.site_id,
        access_point_id=new.access_point,
        zone_id=new.zone_id,
        created_at=now,
        revoked_at=None,
    )
    db.add(row)
    _record(db, row, "tell_code_created", actor, now)
    return _shape(row)


def get(db: Session, code_id: str, *, actor: Actor) -> TellCode:
    """Return one code. Raises NotFound."""
    return _shape(_visible(db, code_id, actor))


def active_code_of_point(db: Session, access_point_id: str, *, actor: Actor) -> TellCode | None:
    """Return the active code of an access point, if any. Raises NotFound."""
    point = access_point_row(db, access_point_id, actor)
    actor.require(Permission.LIVE_READ, point.site_id)
    active = select(CodeRow).where(
        CodeRow.access_point_id == point.id, CodeRow.revoked_at.is_(None)
    )
    row = db.scalar(active.order_by(CodeRow.id.desc()).limit(1))
    return None if row is None else _shape(row)


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[TellCode]:
    """Return a page of the codes of the actor's sites, including revoked ones."""
    at_actors_sites = at_sites(CodeRow.site_id, actor.sites(Permission.LIVE_READ))
    statement = select(CodeRow).where(at_actors_sites)
    return paged(db, statement, CodeRow.id, cursor, lambda rows: [_shape(row) for row in rows])


def revoke(db: Session, code_id: str, *, actor: Actor, now: Utc) -> TellCode:
    """Revoke a code; idempotent. Raises NotFound, Forbidden."""
    row = _visible(db, code_id, actor)
    actor.require(Permission.RULES_WRITE, row.site_id)
    if row.revoked_at is None:
        row.revoked_at = now
        _record(db, row, "tell_code_revoked", actor, now)
    return _shape(row)


def active_code(db: Session, code: str) -> CodeRow:
    """Return the row of an active code. Raises NotFound."""
    code_rows = select(CodeRow).where(CodeRow.code == code.lower(), CodeRow.revoked_at.is_(None))
    row = db.scalar(code_rows)
    if row is None:
        raise NotFound("code", code)
    return row


def location_of_code(db: Session, code: str) -> TellPlace:
    """Return the machine or zone of a code, for anybody who scans it. Raises NotFound."""
    row = active_code(db, code)
    point = db.get(AccessPointRow, row.access_point_id) if row.access_point_id else None
    place = point if point is not None else db.get_one(ZoneRow, row.zone_id)
    return TellPlace(
        site=from_json(db.get_one(SiteRow, row.site_id).name, Label),
        thing=from_json(place.name, Label),
        access_point=row.access_point_id,
        zone_id=row.zone_id,
        in_service=point is None or point.in_service,
    )


def _machine_or_zone(db: Session, new: NewTellCode, actor: Actor) -> AccessPointRow | ZoneRow:
    if new.access_point is not None:
        row: AccessPointRow | ZoneRow | None = db.get(AccessPointRow, new.access_point)
    else:
        row = db.get(ZoneRow, new.zone_id)
    if row is None or not actor.may(Permission.RULES_READ, row.site_id):
        field = "access_point" if new.access_point is not None else "zone_id"
        raise Invalid.of(field, f"unknown: {new.access_point or new.zone_id}")
    return row


def _visible(db: Session, key: str, actor: Actor) -> CodeRow:
    row = get_or_404(db, CodeRow, key, "code")
    if not actor.may(Permission.LIVE_READ, row.site_id):
        raise NotFound("code", key)
    return row


def _record(db: Session, row: CodeRow, action: str, actor: Actor, now: Utc) -> None:
    db.flush()
    audit.record(db, actor, now, action, f"tell_code:{row.id}", row.site_id)


def _shape(row: CodeRow) -> TellCode:
    return to_shape(row, TellCode)


def delete_of_zone(db: Session, removed: ZoneRemoved) -> None:
    """Delete the codes of a zone to which no report refers."""
    db.execute(delete(CodeRow).where(CodeRow.zone_id == removed.zone_id))

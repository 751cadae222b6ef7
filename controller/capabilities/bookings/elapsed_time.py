"""Bookings of zones that have begun, of which the elapsed part is charged."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members import memberships
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.places.models import SiteRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.corrections import check_decision

MISTAKE = timedelta(minutes=10)
"""How long the desk can cancel its own mistaken booking after it has begun, without a charge."""


MISTAKE_INTERVAL = timedelta(days=1)
"""Within this time, a second booking of the same zone no longer counts as a mistake."""


def makes_free(db: Session, row: BookingRow, reason: str | None, actor: Actor, now: Utc) -> bool:
    """Whether a cancellation makes the booking free, its elapsed part included.

    It does for a booking that the desk has just made by mistake, and if somebody who decides about
    money gives a reason; a program may leave the reason out. Raises Forbidden.
    """
    if not has_begun(row, now) or _is_mistake(db, row, actor, now):
        return True
    if reason is None:
        return (actor.is_system or actor.is_token) and may_move(db, row, actor)
    check_decision(actor, row.site_id, reason, "", owed_by=row.member_id)
    memberships.check_not_own(db, actor, row.member_id, _payer(row))
    return True


def _is_mistake(db: Session, row: BookingRow, actor: Actor, now: Utc) -> bool:
    """Whether the booking was a mistake that the desk has just made.

    Allowed once a day for each zone: otherwise a zone that is booked again every nine minutes would
    cost nothing.
    """
    if row.created_by != actor.ref or memberships.is_own(db, actor, row.member_id, _payer(row)):
        return False
    if max(now - row.created_at, now - row.starts_at) > MISTAKE:
        return False
    had_begun = BookingRow.cancelled_at > BookingRow.starts_at
    another = exists().where(
        BookingRow.zone_id == row.zone_id,
        BookingRow.cancelled_at > Utc.of(now - MISTAKE_INTERVAL),
        had_begun,
    )
    return not db.scalar(select(another))


def may_move(db: Session, row: BookingRow, actor: Actor) -> bool:
    """Whether the actor may decide what the booking costs; nobody may for their own."""
    if actor.is_system or not actor.may(Permission.MONEY_WRITE, row.site_id):
        return actor.is_system
    return not memberships.is_own(db, actor, row.member_id, _payer(row))


def _payer(row: BookingRow) -> OnBehalf:
    return OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)


def has_begun(row: BookingRow, now: Utc) -> bool:
    """Whether the booking of a zone has begun; False for a machine, which is charged by use."""
    return row.zone_id is not None and row.starts_at < now


def is_of_another_day(db: Session, row: BookingRow, now: Utc) -> bool:
    """Whether the booking began on an earlier day, on which another tariff may have been valid."""
    zone = ZoneInfo(db.get_one(SiteRow, row.site_id).time_zone)
    return (
        has_begun(row, now) and row.starts_at.astimezone(zone).date() < now.astimezone(zone).date()
    )


def end(row: BookingRow, now: Utc) -> None:
    """End the booking now; the elapsed part stays booked."""
    row.ends_at = min(row.ends_at, now)
    row.closed_at = now

"""Room bookings that have begun: the elapsed part is charged."""

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
"""For how long the desk takes back a booking that has begun, as if it had never been."""


AGAIN = timedelta(days=1)
"""For how long another booking of that room is no mistake any more."""


def is_taken_back(db: Session, row: BookingRow, reason: str | None, actor: Actor, now: Utc) -> bool:
    """Whether cancelling it takes back what has passed too. Raises Forbidden for who may not.

    What the desk has just booked by mistake, and what somebody who decides about money undoes for
    a reason; a program may leave the reason out.
    """
    if not has_begun(row, now) or _is_mistake(db, row, actor, now):
        return True
    if reason is None:
        return (actor.is_system or actor.is_token) and may_move(db, row, actor)
    check_decision(actor, row.site_id, reason, "", owed_by=row.member_id)
    memberships.check_not_own(db, actor, row.member_id, _payer(row))
    return True


def _is_mistake(db: Session, row: BookingRow, actor: Actor, now: Utc) -> bool:
    """Once a day for a room, whoever booked it: booked and cancelled every nine minutes, it would
    cost nothing.
    """
    if row.created_by != actor.ref or memberships.is_own(db, actor, row.member_id, _payer(row)):
        return False
    if max(now - row.created_at, now - row.starts_at) > MISTAKE:
        return False
    had_begun = BookingRow.cancelled_at > BookingRow.starts_at
    another = exists().where(
        BookingRow.zone_id == row.zone_id, BookingRow.cancelled_at > Utc.of(now - AGAIN), had_begun
    )
    return not db.scalar(select(another))


def may_move(db: Session, row: BookingRow, actor: Actor) -> bool:
    """Whether the actor decides what is owed of it."""
    if actor.is_system or not actor.may(Permission.MONEY_WRITE, row.site_id):
        return actor.is_system
    return not memberships.is_own(db, actor, row.member_id, _payer(row))


def _payer(row: BookingRow) -> OnBehalf:
    return OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)


def has_begun(row: BookingRow, now: Utc) -> bool:
    """Whether a room booking has begun. Rooms are charged by booking; machines are charged by
    use."""
    return row.zone_id is not None and row.starts_at < now


def is_of_another_day(db: Session, row: BookingRow, now: Utc) -> bool:
    """Whether it began on an earlier day: its tariff, which is of that day, may be an older one."""
    zone = ZoneInfo(db.get_one(SiteRow, row.site_id).time_zone)
    return (
        has_begun(row, now) and row.starts_at.astimezone(zone).date() < now.astimezone(zone).date()
    )


def end(row: BookingRow, now: Utc) -> None:
    """Give up what has not passed yet."""
    row.ends_at = min(row.ends_at, now)
    row.closed_at = now

"""Bookings of zones that have begun, whose elapsed part is charged."""

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

CANCEL_MISTAKE_WITHIN = timedelta(minutes=10)
"""How long after its start the desk can cancel its own mistaken booking without a charge."""


MISTAKE_INTERVAL = timedelta(days=1)
"""Within this time, only one booking of the same zone can be cancelled as a mistake."""


def makes_free(db: Session, row: BookingRow, reason: str | None, actor: Actor, now: Utc) -> bool:
    """Return whether a cancellation makes the booking free, including its elapsed part.

    This is so for a booking that the desk has just made by mistake, and if somebody who decides
    about money gives a reason, which programs may leave out. Raises Forbidden.
    """
    if not has_begun(row, now) or _is_mistake(db, row, actor, now):
        return True
    if reason is None:
        return (actor.is_system or actor.is_token) and may_decide_costs(db, row, actor)
    check_decision(actor, row.site_id, reason, "", owed_by=row.member_id)
    memberships.check_not_own(db, actor, row.member_id, payer_of(row))
    return True


def _is_mistake(db: Session, row: BookingRow, actor: Actor, now: Utc) -> bool:
    """Return whether the desk has just made the booking by mistake.

    Only once a day per zone; otherwise a zone booked again every nine minutes would cost nothing.
    """
    if row.created_by != actor.ref or memberships.is_own(db, actor, row.member_id, payer_of(row)):
        return False
    if max(now - row.created_at, now - row.starts_at) > CANCEL_MISTAKE_WITHIN:
        return False
    had_begun = BookingRow.cancelled_at > BookingRow.starts_at
    another = exists().where(
        BookingRow.zone_id == row.zone_id,
        BookingRow.cancelled_at > Utc.of(now - MISTAKE_INTERVAL),
        had_begun,
    )
    return not db.scalar(select(another))


def may_decide_costs(db: Session, row: BookingRow, actor: Actor) -> bool:
    """Return whether the actor may decide on the costs of the booking; not of one's own."""
    if actor.is_system or not actor.may(Permission.MONEY_WRITE, row.site_id):
        return actor.is_system
    return not memberships.is_own(db, actor, row.member_id, payer_of(row))


def payer_of(row: BookingRow) -> OnBehalf:
    """Return the organisation and project to which the booking is billed."""
    return OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)


def has_begun(row: BookingRow, now: Utc) -> bool:
    """Return whether a zone's booking has begun; False for a machine, which is charged by use."""
    return row.zone_id is not None and row.starts_at < now


def is_of_another_day(db: Session, row: BookingRow, now: Utc) -> bool:
    """Return whether the booking began on an earlier day, when another tariff may have applied, and
    the member may have belonged to other payers."""
    zone = ZoneInfo(db.get_one(SiteRow, row.site_id).time_zone)
    return row.starts_at.astimezone(zone).date() < now.astimezone(zone).date()


def end(row: BookingRow, now: Utc) -> None:
    """End the booking now; its elapsed part stays booked."""
    row.ends_at = min(row.ends_at, now)
    row.closed_at = now

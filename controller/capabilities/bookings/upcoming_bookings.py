"""Bookings that are not over: of a member, or billed to an organisation or project."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.places.models import ZoneRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.policy.reading import from_json

BOOKING_LIMIT = 20
"""Maximum number of bookings that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingBooking:
    """A member's booking of a machine or zone, with its name."""

    id: str
    name: Name
    starts_at: Utc
    ends_at: Utc
    is_out: bool
    """Whether the machine is out of service."""
    released_at: Utc | None
    """When the machine was released because the member did not come."""


def upcoming_bookings(
    db: Session, member_id: str, site_id: str, *, actor: Actor, now: Utc
) -> list[UpcomingBooking]:
    """Return the member's bookings at a site whose time is not over, earliest first. Raises
    Forbidden."""
    if actor.member_id != member_id:
        actor.require(Permission.MEMBERS_READ, site_id)
    rows = db.execute(
        select(BookingRow, AccessPointRow, ZoneRow.name)
        .outerjoin(AccessPointRow, AccessPointRow.id == BookingRow.access_point_id)
        .outerjoin(ZoneRow, ZoneRow.id == BookingRow.zone_id)
        .where(
            BookingRow.member_id == member_id,
            BookingRow.site_id == site_id,
            BookingRow.cancelled_at.is_(None),
            BookingRow.ends_at > now,
        )
        .order_by(BookingRow.starts_at, BookingRow.id)
        .limit(BOOKING_LIMIT)
    )
    return [
        UpcomingBooking(
            id=row.id,
            name=from_json(machine.name if machine else zone, Name),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            is_out=machine is not None and not machine.in_service,
            released_at=row.missed_at,
        )
        for row, machine, zone in rows
    ]


def count_billed_to(db: Session, payer: OnBehalf, member_id: str | None = None) -> int:
    """Return how many bookings that are not over are billed to this organisation or project; with
    `member_id`, only those of this member."""
    wanted = {
        BookingRow.organisation_id: payer.organisation_id,
        BookingRow.project_id: payer.project_id,
        BookingRow.member_id: member_id,
    }
    conditions = [column == value for column, value in wanted.items() if value is not None]
    statement = select(func.count()).select_from(BookingRow)
    return db.scalar(statement.where(BookingRow.closed_at.is_(None), *conditions)) or 0


def cancel(db: Session, member_id: str, now: Utc) -> None:
    """Cancel a member's bookings that have not begun, without a letter, before they are deleted."""
    for row in db.scalars(
        select(BookingRow).where(
            BookingRow.member_id == member_id,
            BookingRow.closed_at.is_(None),
            BookingRow.starts_at > now,
        )
    ).all():
        row.cancelled_at = row.closed_at = now
    db.flush()

"""Finds the machines that are booked, or used by a course, between two times."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.in_courses import course_uses
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission

RESERVATION_LIMIT = 1000
"""Maximum number of bookings of a day that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A machine's booking, or a course session on that machine."""

    access_point: str
    starts_at: Utc
    ends_at: Utc
    who: str | None = None
    """Name of the member who booked; None for a course, or if the actor may not read members."""
    course: Name | None = None


def find_reservations(
    db: Session, site_id: str, since: Utc, until: Utc, *, actor: Actor
) -> tuple[Reservation, ...]:
    """Return the reservations at the site in [since, until), by their start. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)
    may_read_names = actor.may(Permission.MEMBERS_READ, site_id)
    reservations = [
        *_bookings(db, site_id, since, until, may_read_names),
        *_courses(db, site_id, since, until),
    ]
    return tuple(sorted(reservations, key=lambda reservation: reservation.starts_at))


def _bookings(
    db: Session, site_id: str, since: Utc, until: Utc, may_read_names: bool
) -> Sequence[Reservation]:
    statement = (
        select(
            BookingRow.access_point_id,
            BookingRow.starts_at,
            BookingRow.ends_at,
            MemberRow.display_name,
        )
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(
            BookingRow.site_id == site_id,
            BookingRow.access_point_id.is_not(None),
            BookingRow.cancelled_at.is_(None),
            BookingRow.missed_at.is_(None),
            BookingRow.starts_at < until,
            BookingRow.ends_at > since,
        )
        .order_by(BookingRow.starts_at)
        .limit(RESERVATION_LIMIT)
    )
    return [
        Reservation(
            access_point=point, starts_at=start, ends_at=end, who=name if may_read_names else None
        )
        for point, start, end, name in db.execute(statement)
        if point is not None
    ]


def _courses(db: Session, site_id: str, since: Utc, until: Utc) -> Sequence[Reservation]:
    return [
        Reservation(
            access_point=course.access_point,
            starts_at=course.starts_at,
            ends_at=course.ends_at,
            course=course.name,
        )
        for course in course_uses(db, site_id, since, until)
    ]

"""A machine session in the time of a booking is on whose behalf the booking was made."""

from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.kernel.session_began import BookedTo, Proposer, SessionBegan


def _propose(db: Session, begun: Sequence[SessionBegan]) -> Mapping[str, BookedTo]:
    bookings = _bookings(db, begun)
    found: dict[str, BookedTo] = {}
    for each in begun:
        for booking in bookings:
            is_it = (booking.access_point_id, booking.member_id) == (
                each.access_point_id,
                each.member_id,
            )
            if is_it and booking.starts_at <= each.at < booking.ends_at:
                made = BookedTo(booking.organisation_id, booking.project_id)
                found.setdefault(each.session_id, made)
    return found


def _bookings(db: Session, begun: Sequence[SessionBegan]) -> list[BookingRow]:
    """Those that say on whose behalf."""
    first, last = min(each.at for each in begun), max(each.at for each in begun)
    return list(
        db.scalars(
            select(BookingRow)
            .where(
                BookingRow.member_id.in_({each.member_id for each in begun if each.member_id}),
                BookingRow.cancelled_at.is_(None),
                BookingRow.starts_at <= last,
                BookingRow.ends_at > first,
                or_(BookingRow.organisation_id.is_not(None), BookingRow.project_id.is_not(None)),
            )
            .order_by(BookingRow.starts_at, BookingRow.id)
        )
    )


PROPOSER = Proposer(2, _propose)

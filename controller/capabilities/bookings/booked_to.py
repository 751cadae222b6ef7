"""A machine session in the time of a booking is on whose behalf the booking was made."""

from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.kernel.session_began import BookedTo, Proposer, SessionBegan


def _propose(db: Session, begun: Sequence[SessionBegan]) -> Mapping[str, BookedTo]:
    bookings = _bookings(db, begun)
    found: dict[str, BookedTo] = {}
    for session in begun:
        for booking in bookings:
            is_it = (booking.access_point_id, booking.member_id) == (
                session.access_point_id,
                session.member_id,
            )
            if is_it and booking.starts_at <= session.at < booking.ends_at:
                made = BookedTo(booking.organisation_id, booking.project_id)
                found.setdefault(session.session_id, made)
    return found


def _bookings(db: Session, begun: Sequence[SessionBegan]) -> list[BookingRow]:
    """Those that say on whose behalf."""
    first, last = min(session.at for session in begun), max(session.at for session in begun)
    return list(
        db.scalars(
            select(BookingRow)
            .where(
                BookingRow.member_id.in_(
                    {session.member_id for session in begun if session.member_id}
                ),
                BookingRow.cancelled_at.is_(None),
                BookingRow.starts_at <= last,
                BookingRow.ends_at > first,
                or_(BookingRow.organisation_id.is_not(None), BookingRow.project_id.is_not(None)),
            )
            .order_by(BookingRow.starts_at, BookingRow.id)
        )
    )


PROPOSER = Proposer(2, _propose)

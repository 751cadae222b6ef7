"""Charges a machine session during a booking to the booking's payer, if still valid.

Bookings lose their payer in `payer_changes`.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members import on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.kernel.capability import OnBehalfOf, Proposer, SessionBegan


def _propose(db: Session, sessions: Sequence[SessionBegan]) -> Mapping[str, OnBehalfOf]:
    bookings = _bookings(db, sessions)
    payers: dict[str, OnBehalfOf] = {}
    for session in sessions:
        for booking in bookings:
            matches = (booking.access_point_id, booking.member_id) == (
                session.access_point_id,
                session.member_id,
            )
            if matches and booking.starts_at <= session.at < booking.ends_at:
                payer = OnBehalf(
                    organisation_id=booking.organisation_id, project_id=booking.project_id
                )
                to = on_behalf.still_valid(db, session.site_id, payer, session.at)
                if to != OnBehalf():
                    payers.setdefault(
                        session.session_id, OnBehalfOf(to.organisation_id, to.project_id)
                    )
    return payers


def _bookings(db: Session, sessions: Sequence[SessionBegan]) -> list[BookingRow]:
    """Return the bookings of these sessions whose payer is an organisation or a project."""
    first, last = min(session.at for session in sessions), max(session.at for session in sessions)
    return list(
        db.scalars(
            select(BookingRow)
            .where(
                BookingRow.member_id.in_(
                    {session.member_id for session in sessions if session.member_id}
                ),
                BookingRow.cancelled_at.is_(None),
                BookingRow.starts_at <= last,
                BookingRow.ends_at > first,
                or_(BookingRow.organisation_id.is_not(None), BookingRow.project_id.is_not(None)),
            )
            .order_by(BookingRow.starts_at, BookingRow.id)
        )
    )


PROPOSER = Proposer(rank=2, propose=_propose)
"""Proposes payers for machine sessions; of several proposers, the lowest number wins."""

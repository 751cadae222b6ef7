"""Who has booked a room has used their subscription."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.changes import UseQuestion, WasUsed


def answer(db: Session, asked: UseQuestion) -> None:
    """Raise WasUsed for a booking of a room since then that was not cancelled."""
    theirs = (
        select(BookingRow.id)
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(
            MemberRow.ref == asked.member_ref,
            BookingRow.site_id == asked.site_id,
            BookingRow.zone_id.is_not(None),
            BookingRow.created_at >= asked.since,
            BookingRow.cancelled_at.is_(None),
        )
    )
    if db.scalar(theirs.limit(1)) is not None:
        raise WasUsed

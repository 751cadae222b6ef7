"""Cancel a booking from a member's page, and book the same time again to undo that."""

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Booking, NewBooking
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.kernel.validate import parse
from webui.bookings.formatting import ended_words
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.members.member_action import run_action
from webui.undo import flash_cancelled, flash_done

pages = Pages("booked", __name__)
_BOOKING_FIELDS = (
    "access_point",
    "zone_id",
    "starts_at",
    "ends_at",
    "organisation_id",
    "project_id",
)


@pages.post("/members/<member>/bookings/<booking>/cancel", Permission.MEMBERS_WRITE)
def cancel(member: str, booking: str) -> ResponseReturnValue:
    """Cancel the booking; the undo button books it again."""

    def change(db: Session, now: Utc) -> Booking:
        stored_booking = bookings.get(db, booking, actor=actor())
        if (stored_booking.member_id, stored_booking.site_id) != (member, site().id):
            raise NotFound("booking", booking)
        return bookings.cancel(db, booking, actor=actor(), now=now)

    def flash_result(cancelled: Booking) -> None:
        if cancelled.cancelled_at is None:
            flash_done(ended_words(cancelled, context().clock()))
            return
        fields = {
            "access_point": cancelled.access_point,
            "zone_id": cancelled.zone_id,
            "starts_at": cancelled.starts_at.text(),
            "ends_at": cancelled.ends_at.text(),
            "organisation_id": cancelled.organisation_id,
            "project_id": cancelled.project_id,
        }
        field_values = {key: value for key, value in fields.items() if value}
        flash_cancelled(
            _("The booking has been cancelled."), "booked.rebook", member=member, **field_values
        )

    return run_action(member, change, flash_result)


@pages.post("/members/<member>/bookings", Permission.MEMBERS_WRITE)
def rebook(member: str) -> ResponseReturnValue:
    """Undo of `cancel`: make a new booking with the same fields, if the time is still free."""
    fields = {key: request.form[key] for key in _BOOKING_FIELDS if request.form.get(key)}

    def change(db: Session, now: Utc) -> Booking:
        new = parse(fields | {"member_id": member}, NewBooking)
        return bookings.create(db, new, actor=actor(), now=now)

    too_late = _("Too late: somebody else has booked it.")
    return run_action(
        member, change, lambda _made: flash_done(_("Booking restored.")), conflict=too_late
    )

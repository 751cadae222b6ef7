"""Messages to members about bookings that can't be used for now, or can be used again."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.booking_messages import UNDO_WITHIN
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places import days
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.places.schedules import shape
from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import clock
from controller.domain.schedule import local_time
from controller.kernel.message import Letter, Link, Listing, Message, MessageContext


class BarredBy(StrEnum):
    """Why a booking can't be used."""

    MACHINE = "machine"
    """The machine is out of service."""
    HOURS = "hours"
    """The site is closed at that time, on a special day."""


class AboutBookingsMessage(Message, frozen=True, kw_only=True):
    """Base of the messages about bookings that one cause affects."""

    URGENT: ClassVar[bool] = True  # a booking may be early tomorrow
    DELAY: ClassVar[timedelta] = UNDO_WITHIN
    UNTIL: ClassVar[str] = "ends_at"

    by: BarredBy
    cause: str
    """The id of the machine or of the schedule."""
    bookings: tuple[str, ...]
    ends_at: str
    """End of the last booking."""

    def open_bookings(self, db: Session) -> list[BookingRow]:
        """Return the bookings that are not closed, soonest first."""
        rows = select(BookingRow).where(
            BookingRow.id.in_(self.bookings), BookingRow.closed_at.is_(None)
        )
        return list(db.scalars(rows.order_by(BookingRow.starts_at)))

    def is_barred(self, db: Session) -> bool:
        """Whether the bookings still can't be used."""
        if self.by is BarredBy.MACHINE:
            point = db.get(AccessPointRow, self.cause)
            return point is not None and not point.in_service
        return any(True for _day in self.special_days(db))

    def special_days(self, db: Session) -> Iterator[str]:
        """Yield, for each booking on a special day of the schedule, the day's reason (possibly
        empty)."""
        row = db.get(ScheduleRow, self.cause)
        if row is None:
            return
        special_dates = {exception.date for exception in shape(row).exceptions}
        reasons = days.reasons(db, self.cause)
        zone = db.get_one(SiteRow, row.site_id).time_zone
        for booking in self.open_bookings(db):
            day = local_time(zone, booking.starts_at).date()
            if day in special_dates:
                yield reasons.get(day, "")

    def listing(self, to: MessageContext) -> Listing:
        """Return the bookings with their times, as a list for the message."""
        rows = self.open_bookings(to.db)
        return Listing(
            to.say(N_("Your bookings")),
            tuple((_name(to, row), _span_text(to, row)) for row in rows),
        )

    def machine_name(self, to: MessageContext) -> str:
        """Return the name of the machine; empty if it no longer exists."""
        point = to.db.get(AccessPointRow, self.cause)
        return "" if point is None else to.name(point.name)


class BookingBarredMessage(AboutBookingsMessage, frozen=True, kw_only=True):
    """A machine is out of service, or the place is closed, at the time of a booking."""

    WHAT: ClassVar[str] = "booking_barred"
    TITLE: ClassVar[str] = N_(
        "Booking of a machine that is out of service, or on a day that is closed"
    )

    def is_still_relevant(self, db: Session) -> bool:
        """Return whether to send it: some bookings remain and are still barred."""
        return bool(self.open_bookings(db)) and self.is_barred(db)

    def letter(self, to: MessageContext) -> Letter:
        if self.by is BarredBy.MACHINE:
            point, name = to.db.get(AccessPointRow, self.cause), self.machine_name(to)
            subject = to.say(N_("Out of service: %(name)s"), name=name)
            happened = to.say(N_("The machine that you booked is out of service."))
            reason = "" if point is None else point.service_reason
            advice = to.say(
                N_("Your booking is kept: you can use it if the machine is repaired by then.")
            )
        else:
            subject = to.say(N_("Closed at the time of your booking"))
            happened = to.say(N_("The place will be closed at the time of your booking."))
            reason = next(filter(None, self.special_days(to.db)), "")
            advice = to.say(N_("Cancel it, or book another time."))
        reason_line = to.say(N_("Reason: %(reason)s"), reason=reason) if reason else ""
        return Letter(
            subject=subject,
            lines=tuple(line for line in (happened, reason_line, advice) if line),
            lists=(self.listing(to),),
            link=Link(to.say(N_("See or cancel the booking")), "/mine"),
        )


class BookingUsableMessage(AboutBookingsMessage, frozen=True, kw_only=True):
    """The booking can be used after all; sent to members who were notified that it can't."""

    WHAT: ClassVar[str] = "booking_usable"
    TITLE: ClassVar[str] = N_("Booking possible again")

    def is_still_relevant(self, db: Session) -> bool:
        """Return whether to send it: some bookings remain and are no longer barred."""
        return bool(self.open_bookings(db)) and not self.is_barred(db)

    def letter(self, to: MessageContext) -> Letter:
        if self.by is BarredBy.MACHINE:
            name = self.machine_name(to)
            subject = to.say(N_("Back in service: %(name)s"), name=name)
            happened = to.say(N_("The machine that you booked is back in service."))
        else:
            subject = to.say(N_("Open at the time of your booking"))
            happened = to.say(N_("The place will be open at the time of your booking."))
        return Letter(
            subject=subject,
            lines=(happened, to.say(N_("Your booking is still valid."))),
            lists=(self.listing(to),),
            link=Link(to.say(N_("See or cancel the booking")), "/mine"),
        )


def _name(to: MessageContext, row: BookingRow) -> str:
    if row.access_point_id is not None:
        return to.name(to.db.get_one(AccessPointRow, row.access_point_id).name)
    return to.name(to.db.get_one(ZoneRow, row.zone_id).name)


def _span_text(to: MessageContext, row: BookingRow) -> str:
    start, time = to.when(row.starts_at), clock(row.ends_at, to.zone)
    return to.say(N_("%(start)s, until %(time)s"), start=start, time=time)

"""Messages to members about a booking made, moved or cancelled, with a calendar entry."""

from datetime import timedelta
from typing import ClassVar, Self

from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import clock
from controller.domain.schedule import local_time
from controller.domain.time import Utc
from controller.kernel.message import Invitation, Letter, Link, Message, MessageContext

UNDO_WITHIN = timedelta(minutes=1)
"""Delay of messages, during which changes can be undone without a message."""


class BookingMessage(Message, frozen=True, kw_only=True):
    """Base of messages about one booking."""

    SITE_CHOOSES: ClassVar[bool] = True
    DELAY: ClassVar[timedelta] = UNDO_WITHIN
    UNTIL: ClassVar[str] = "ends_at"

    booking_id: str
    name: dict[str, str]
    """The name of the machine or the zone, by language."""
    starts_at: str
    ends_at: str
    sequence: int
    """The sequence number of the calendar entry (iCalendar SEQUENCE)."""

    @classmethod
    def example(cls, now: Utc) -> Self:
        """Return an example for the settings page: a laser cutter, tomorrow."""
        starts = Utc.of(now + timedelta(days=1))
        return cls(
            booking_id="example",
            name={"fr": "Découpe laser", "en": "Laser cutter"},
            starts_at=starts.text(),
            ends_at=Utc.of(starts + timedelta(hours=2)).text(),
            sequence=0,
        )

    def is_still_relevant(self, db: Session) -> bool:
        """Return whether the booking still has these times; otherwise there is a later message."""
        row = db.get(BookingRow, self.booking_id)
        return (
            row is not None
            and row.cancelled_at is None
            and row.missed_at is None
            and (row.starts_at, row.ends_at) == self.times()
        )

    def times(self) -> tuple[Utc, Utc]:
        """Return the booking's start and end."""
        return Utc.parse(self.starts_at), Utc.parse(self.ends_at)

    def span(self, to: MessageContext) -> str:
        """Return start and end as part of a sentence."""
        starts, ends = self.times()
        start, time = to.when(starts), clock(ends, to.zone)
        if local_time(to.zone, starts).date() == local_time(to.zone, ends).date():
            return to.say(N_("%(start)s, until %(time)s"), start=start, time=time)
        return to.say(N_("%(start)s, %(until)s"), start=start, until=to.until(ends))

    def invitation(self, to: MessageContext, *, is_cancelled: bool = False) -> Invitation:
        """Return the calendar entry, the same as in calendar subscriptions."""
        starts, ends = self.times()
        return Invitation(
            uid=calendar_uid(self.booking_id),
            sequence=self.sequence,
            starts=starts,
            ends=ends,
            title=to.name(self.name),
            is_cancelled=is_cancelled,
        )


class BookingConfirmedMessage(BookingMessage, frozen=True, kw_only=True):
    """A booking was made, by the member or for the member."""

    WHAT: ClassVar[str] = "booking_confirmed"
    TITLE: ClassVar[str] = N_("Booking confirmed")

    def letter(self, to: MessageContext) -> Letter:
        name, span = to.name(self.name), self.span(to)
        return Letter(
            subject=to.say(N_("Booking confirmed: %(name)s"), name=name),
            lines=(to.say(N_("You have booked %(name)s %(span)s."), name=name, span=span),),
            link=Link(to.say(_SEE), "/mine"),
            after=(to.say(_CANCEL_IF_NOT),),
            invitation=self.invitation(to),
        )


class BookingMovedMessage(BookingMessage, frozen=True, kw_only=True):
    """A booking was moved to another time."""

    WHAT: ClassVar[str] = "booking_moved"
    TITLE: ClassVar[str] = N_("Booking moved")
    URGENT: ClassVar[bool] = True  # it may be early tomorrow

    before: str

    @classmethod
    def example(cls, now: Utc) -> Self:
        """Return an example for the settings page: a booking moved to the next day."""
        confirmed = BookingConfirmedMessage.example(now)
        starts, ends = confirmed.times()
        later = timedelta(days=1)
        return cls(
            booking_id=confirmed.booking_id,
            name=confirmed.name,
            starts_at=Utc.of(starts + later).text(),
            ends_at=Utc.of(ends + later).text(),
            sequence=1,
            before=confirmed.starts_at,
        )

    def letter(self, to: MessageContext) -> Letter:
        name, span = to.name(self.name), self.span(to)
        before = to.when(Utc.parse(self.before))
        return Letter(
            subject=to.say(N_("Booking moved: %(name)s"), name=name),
            lines=(
                to.say(
                    N_("Your booking has been moved: %(name)s, %(span)s."), name=name, span=span
                ),
                to.say(N_("It was planned for: %(when)s."), when=before),
            ),
            link=Link(to.say(_SEE), "/mine"),
            after=(to.say(_CANCEL_IF_NOT),),
            invitation=self.invitation(to),
        )


class BookingCancelledMessage(BookingMessage, frozen=True, kw_only=True):
    """A booking was cancelled, by the member or by the place."""

    WHAT: ClassVar[str] = "booking_cancelled"
    TITLE: ClassVar[str] = N_("Booking cancelled")
    URGENT: ClassVar[bool] = True  # it may be early tomorrow

    def is_still_relevant(self, db: Session) -> bool:
        row = db.get(BookingRow, self.booking_id)
        return row is None or row.cancelled_at is not None

    def letter(self, to: MessageContext) -> Letter:
        name, span = to.name(self.name), self.span(to)
        return Letter(
            subject=to.say(N_("Booking cancelled: %(name)s"), name=name),
            lines=(
                to.say(N_("This booking is cancelled: %(name)s, %(span)s."), name=name, span=span),
            ),
            link=Link(to.say(N_("Book again")), "/bookings"),
            invitation=self.invitation(to, is_cancelled=True),
        )


def calendar_uid(booking_id: str) -> str:
    """Return the UID of the booking's calendar entry, the same in messages and calendars."""
    return f"{booking_id}@booking.loquet"


_SEE = N_("See or cancel the booking")
_CANCEL_IF_NOT = N_("If you are not coming, cancel it, so that somebody else can use it.")

"""Messages to members: a booking was released, or something that they wait for is available."""

from typing import ClassVar

from sqlalchemy.orm import Session

from controller.capabilities.bookings.barred_messages import (
    BookingBarredMessage,
    BookingUsableMessage,
)
from controller.capabilities.bookings.booking_messages import (
    BookingCancelledMessage,
    BookingConfirmedMessage,
    BookingMovedMessage,
)
from controller.capabilities.bookings.models import WishRow
from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import format_near
from controller.domain.time import Utc
from controller.kernel.message import Letter, Link, Message, MessageContext


class ReleasedMessage(Message, frozen=True, kw_only=True):
    """The booking was released because the member did not come."""

    WHAT: ClassVar[str] = "booking_released"
    TITLE: ClassVar[str] = N_("Booking released because nobody came")
    URGENT: ClassVar[bool] = True  # the booked time is running
    UNTIL: ClassVar[str] = "ends_at"

    point: dict[str, str]
    """The machine's name, by language."""
    starts_at: str
    ends_at: str

    def letter(self, to: MessageContext) -> Letter:
        name = to.name(self.point)
        lines = N_("You had booked %(name)s %(when)s, and nobody tapped a badge.")
        free = N_(
            "The booking has been released: the machine is free for everybody, including you."
        )
        return Letter(
            subject=to.say(N_("Booking released: %(name)s"), name=name),
            lines=(to.say(lines, name=name, when=to.when(Utc.parse(self.starts_at))), to.say(free)),
            link=Link(to.say(N_("Book again")), "/bookings"),
        )


class FreeMessage(Message, frozen=True, kw_only=True):
    """A machine, a place in a course session, or a new session is available to somebody waiting for
    it."""

    WHAT: ClassVar[str] = "free"
    TITLE: ClassVar[str] = N_("What you were waiting for is free")
    UNTIL: ClassVar[str] = "ends_at"

    wish: str
    name: dict[str, str]
    """The name of the machine or the course, by language."""
    in_course: bool
    is_asked: bool = False
    """Whether it is about a newly planned session of a course."""
    since: str
    ends_at: str

    def is_still_relevant(self, db: Session) -> bool:
        """Return whether the wish still exists; the member may have read the news elsewhere."""
        return db.get(WishRow, self.wish) is not None

    def letter(self, to: MessageContext) -> Letter:
        name, since = to.name(self.name), Utc.parse(self.since)
        subject = to.say(N_("It is free: %(name)s"), name=name)
        if self.is_asked:
            text = to.say(N_("A session is planned: %(name)s. Enrol soon."), name=name)
            subject = to.say(N_("Session planned: %(name)s"), name=name)
        elif self.in_course:
            text = to.say(N_("A place is free: %(name)s. Enrol soon."), name=name)
        else:
            at = format_near(since, to.now, to.zone, to.translator)
            text = to.say(N_("%(name)s became free %(time)s."), name=name, time=at)
        return Letter(
            subject=subject,
            lines=(text, to.say(N_("It is not reserved for you: others may be waiting for it."))),
            link=Link(to.say(N_("My page")), "/mine"),
        )


MESSAGES = (
    ReleasedMessage,
    FreeMessage,
    BookingConfirmedMessage,
    BookingMovedMessage,
    BookingCancelledMessage,
    BookingBarredMessage,
    BookingUsableMessage,
)

"""What this feature writes to members."""

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
from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
from controller.domain.words.time import about
from controller.kernel.message import Letter, Link, Message, Telling


class ReleasedMessage(Message, frozen=True, kw_only=True):
    """Nobody came, and what they had booked is free for others."""

    WHAT: ClassVar[str] = "booking_released"
    TITLE: ClassVar[str] = N_("Réservation rendue parce que personne n’est venu")
    URGENT: ClassVar[bool] = True  # its time runs

    point: dict[str, str]
    """The machine's name, by language."""
    starts_at: str
    ends_at: str

    def until(self) -> Utc | None:
        """Once its time is over nobody can come any more."""
        return Utc.parse(self.ends_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        name = to.name(self.point)
        lines = N_("Vous aviez réservé %(name)s %(when)s, et personne n’a badgé.")
        free = N_(
            "La réservation est rendue : la machine est libre pour tout le monde, vous aussi."
        )
        return Letter(
            subject=to.say(N_("Réservation rendue : %(name)s"), name=name),
            lines=(to.say(lines, name=name, when=to.when(Utc.parse(self.starts_at))), to.say(free)),
            link=Link(to.say(N_("Réserver de nouveau")), "/bookings"),
        )


class FreeMessage(Message, frozen=True, kw_only=True):
    """A machine that somebody waits for is free, there is a place in a course session, or a
    session that was asked for is planned."""

    WHAT: ClassVar[str] = "free"
    TITLE: ClassVar[str] = N_("Ce qu’on attendait est libre")

    wish: str
    name: dict[str, str]
    """Of the machine or the course, by language."""
    in_course: bool
    is_asked: bool = False
    """Whether a session of the course was asked for, and is planned."""
    since: str
    ends_at: str

    def still(self, db: Session) -> bool:
        """Whether it was not read on the page or at the desk, or given up, before."""
        return db.get(WishRow, self.wish) is not None

    def until(self) -> Utc | None:
        """A day later it is no news, nor once the course has begun."""
        return Utc.parse(self.ends_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        name, since = to.name(self.name), Utc.parse(self.since)
        subject = to.say(N_("C’est libre : %(name)s"), name=name)
        if self.is_asked:
            text = to.say(N_("Une séance est prévue : %(name)s. Inscrivez-vous vite."), name=name)
            subject = to.say(N_("Séance prévue : %(name)s"), name=name)
        elif self.in_course:
            text = to.say(N_("Une place s’est libérée : %(name)s. Inscrivez-vous vite."), name=name)
        else:
            at = about(since, to.now, to.zone, to.translator)
            text = to.say(N_("%(name)s s’est libérée %(time)s."), name=name, time=at)
        return Letter(
            subject=subject,
            lines=(text, to.say(N_("Personne ne vous la garde : d’autres l’attendent peut-être."))),
            link=Link(to.say(N_("Mon espace")), "/mine"),
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

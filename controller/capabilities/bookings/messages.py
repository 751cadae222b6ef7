"""What this room writes to members."""

from typing import ClassVar

from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
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


MESSAGES = (ReleasedMessage,)

"""What this room writes to members."""

from typing import ClassVar

from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
from controller.kernel.message import Letter, Link, Message, Telling


class MovedUpMessage(Message, frozen=True, kw_only=True):
    """A place of a course session came free, and it is theirs."""

    WHAT: ClassVar[str] = "moved_up"
    TITLE: ClassVar[str] = N_("Place libérée dans une séance")
    URGENT: ClassVar[bool] = True  # it may be tomorrow morning's

    course: dict[str, str]
    """Its name, by language."""
    starts_at: str

    def until(self) -> Utc | None:
        """Once it has begun it is no news."""
        return Utc.parse(self.starts_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        name = to.name(self.course)
        lines = N_("Une place s’est libérée, et elle est à vous : %(name)s, %(when)s.")
        return Letter(
            subject=to.say(N_("Vous avez une place : %(name)s"), name=name),
            lines=(to.say(lines, name=name, when=to.when(Utc.parse(self.starts_at))),),
            link=Link(to.say(N_("Voir ou rendre la place")), "/training"),
            after=(to.say(N_("Si vous ne venez pas, rendez-la : quelqu’un d’autre attend.")),),
        )


MESSAGES = (MovedUpMessage,)

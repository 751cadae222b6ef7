"""What is written to a member about the code for terminals."""

from typing import ClassVar

from controller.domain.words.catalogue import N_
from controller.kernel.message import Letter, Link, Message, Telling


class CodeMessage(Message, frozen=True, kw_only=True):
    """A code was chosen, which opens the member's own page with their badge."""

    WHAT: ClassVar[str] = "terminal_code"
    TITLE: ClassVar[str] = N_("Nouveau code pour la borne")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        chosen = N_(
            "Un code pour la borne a été choisi. Avec votre badge, il ouvre votre page Mon espace."
        )
        wrong = N_("Si ce n’est pas vous, retirez ce code dans Mon espace et prévenez le lieu.")
        return Letter(
            subject=to.say(N_("Nouveau code pour la borne : %(place)s"), place=to.place),
            lines=(to.say(chosen), to.say(wrong)),
            link=Link(to.say(N_("Voir mon code")), "/mine#badge"),
        )


MESSAGES = (CodeMessage,)

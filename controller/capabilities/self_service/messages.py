"""The message to a member about a new code for terminals."""

from typing import ClassVar

from controller.domain.locale.catalogue import N_
from controller.kernel.message import Letter, Link, Message, MessageContext


class CodeMessage(Message, frozen=True, kw_only=True):
    """A code was chosen that, with the badge, opens the member's own page."""

    WHAT: ClassVar[str] = "terminal_code"
    TITLE: ClassVar[str] = N_("New code for the terminal")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    def letter(self, to: MessageContext) -> Letter:
        chosen = N_("A code for the terminal was chosen. With your badge, it opens your own page.")
        wrong = N_("If it was not you, remove this code in My page and tell the place.")
        return Letter(
            subject=to.say(N_("New code for the terminal: %(place)s"), place=to.place),
            lines=(to.say(chosen), to.say(wrong)),
            link=Link(to.say(N_("See my code")), "/mine#badge"),
        )


MESSAGES = (CodeMessage,)

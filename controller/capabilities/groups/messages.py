"""Messages to supervisors."""

from typing import ClassVar

from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import format_near
from controller.domain.time import Utc
from controller.kernel.message import Letter, Link, Message, MessageContext


class WindowOpenedMessage(Message, frozen=True, kw_only=True):
    """Somebody else has opened a supervision window in the member's name."""

    WHAT: ClassVar[str] = "window_opened"
    TITLE: ClassVar[str] = N_("Supervision started in your name")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    zone: dict[str, str]
    """The room's name, by language."""
    opened_at: str
    ends_at: str

    def letter(self, to: MessageContext) -> Letter:
        room = to.name(self.zone)
        at = format_near(Utc.parse(self.opened_at), to.now, to.zone, to.translator)
        line = N_(
            "The desk or a manager recorded, %(time)s, that you supervise %(zone)s %(until)s."
        )
        wrong = N_(
            "Until then, others may work there under your responsibility. If you are not there, "
            "end the supervision in My page and tell the place."
        )
        until = to.until(Utc.parse(self.ends_at))
        return Letter(
            subject=to.say(N_("You supervise %(zone)s: %(place)s"), zone=room, place=to.place),
            lines=(to.say(line, time=at, zone=room, until=until), to.say(wrong)),
            link=Link(to.say(N_("See what I supervise")), "/mine"),
        )


MESSAGES = (WindowOpenedMessage,)

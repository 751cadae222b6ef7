"""The message about an alarm: what, where, since when, and a link to its page."""

from typing import ClassVar

from controller.domain.locale.catalogue import N_
from controller.domain.locale.decision import fault_text
from controller.domain.states import FaultKind
from controller.kernel.message import Letter, Link, Message, MessageContext

TRIAL = N_("Test: this is how you will be alerted")


class AlarmMessage(Message, frozen=True, kw_only=True):
    """An alarm for targets that are an e-mail address, which Loquet writes to itself."""

    WHAT: ClassVar[str] = "alarm"
    TITLE: ClassVar[str] = N_("Alarms of the place")
    URGENT: ClassVar[bool] = True

    kind: str
    title: str
    """Title and what to do (`todo`), as catalogue texts; used if `kind` is not a fault of the
    domain."""
    todo: str
    where: dict[str, str]
    """The name of the machine, the door or the box, by language."""
    path: str

    def letter(self, to: MessageContext) -> Letter:
        """Return the message as it is read."""
        where = to.name(self.where)
        title, todo = self._title_and_text(to)
        subject = f"{title}, {where}" if where else title
        return Letter(
            subject=f"{subject} ({to.place})",
            lines=(todo,) if todo else (),
            link=Link(to.say(N_("View the alarm and take care of it")), self.path),
        )

    def _title_and_text(self, to: MessageContext) -> tuple[str, str]:
        if self.kind in tuple(FaultKind):
            text = fault_text(FaultKind(self.kind), to.translator)
            return text.title, " ".join(text.lines)
        return to.say(self.title), to.say(self.todo) if self.todo else ""

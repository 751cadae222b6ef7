"""An alarm as it wakes somebody: what, where, since when, and the page where one takes it."""

from typing import ClassVar

from controller.domain.locale.catalogue import N_
from controller.domain.locale.decision import fault_text
from controller.domain.states import FaultKind
from controller.kernel.message import Letter, Link, Message, MessageContext

TRIAL = N_("Test: this is how you will be alerted")


class AlarmMessage(Message, frozen=True, kw_only=True):
    """For targets that are an address of ours to write to."""

    WHAT: ClassVar[str] = "alarm"
    TITLE: ClassVar[str] = N_("Alarms of the place")
    URGENT: ClassVar[bool] = True

    kind: str
    title: str
    """What it is and what to do, as texts of the catalogues, where no fault of the domain is."""
    todo: str
    where: dict[str, str]
    """The machine, the door or the box, by language."""
    path: str

    def letter(self, to: MessageContext) -> Letter:
        """As it is read."""
        where = to.name(self.where)
        title, todo = self._said(to)
        subject = f"{title}, {where}" if where else title
        return Letter(
            subject=f"{subject} ({to.place})",
            lines=(todo,) if todo else (),
            link=Link(to.say(N_("View the alarm and take care of it")), self.path),
        )

    def _said(self, to: MessageContext) -> tuple[str, str]:
        if self.kind in tuple(FaultKind):
            text = fault_text(FaultKind(self.kind), to.translator)
            return text.title, " ".join(text.lines)
        return to.say(self.title), to.say(self.todo) if self.todo else ""

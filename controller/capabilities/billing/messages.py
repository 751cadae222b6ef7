"""Messages with monthly statements, to members and organisations that want them."""

from typing import ClassVar

from controller.capabilities.billing.cents import format_amount
from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import of_month
from controller.kernel.message import Letter, Link, Message, MessageContext


class StatementMessage(Message, frozen=True, kw_only=True):
    """Sends a member the statement of a month that was closed."""

    WHAT: ClassVar[str] = "statement"
    TITLE: ClassVar[str] = N_("Statement of the month")

    month: str
    number: str
    total_cents: int
    left_cents: int
    """Still owed."""

    def letter(self, to: MessageContext) -> Letter:
        month = of_month(self.month, to.translator)
        total = to.say(N_("Total: €%(sum)s"), sum=_amount(self.total_cents, to))
        left = to.say(N_("Still owed: €%(sum)s"), sum=_amount(self.left_cents, to))
        pay = N_("Pay the treasurer or a manager: Loquet takes no payment.")
        number = to.say(
            N_("Statement no. %(number)s, %(of_month)s."), number=self.number, of_month=month
        )
        due = (left, to.say(pay)) if self.left_cents > 0 else ()
        return Letter(
            subject=to.say(
                N_("%(place)s: your statement %(of_month)s"), place=to.place, of_month=month
            ),
            lines=(number, total, *due),
            link=Link(to.say(N_("See the statement")), f"/mine/statements/{self.month}"),
        )


class OrganisationStatementMessage(Message, frozen=True, kw_only=True):
    """Sends an organisation the statement of a month that was closed."""

    WHAT: ClassVar[str] = "organisation_statement"
    TITLE: ClassVar[str] = N_("Statement of the month of an organisation")

    statement_id: str
    name: str
    month: str
    number: str
    total_cents: int
    left_cents: int
    """Still owed."""

    def letter(self, to: MessageContext) -> Letter:
        month = of_month(self.month, to.translator)
        fields = {"place": to.place, "name": self.name, "of_month": month}
        number = to.say(
            N_("Statement no. %(number)s, %(of_month)s."), number=self.number, of_month=month
        )
        total = to.say(N_("Total: €%(sum)s"), sum=_amount(self.total_cents, to))
        left = to.say(N_("Still owed: €%(sum)s"), sum=_amount(self.left_cents, to))
        with_link = to.say(
            N_(
                "With this link, anyone who has this message can open the whole statement, as a "
                "page, PDF and CSV."
            )
        )
        return Letter(
            subject=to.say(N_("%(place)s: statement %(of_month)s for %(name)s"), **fields),
            lines=(number, total, *((left,) if self.left_cents > 0 else ()), with_link),
            link=Link(
                to.say(N_("See the statement")), f"/statement/{self.statement_id}/{to.secret}"
            ),
        )


def _amount(cents: int, to: MessageContext) -> str:
    text = format_amount(cents)
    return text if to.translator.language == "fr" else text.replace(",", ".")


MESSAGES = (StatementMessage, OrganisationStatementMessage)

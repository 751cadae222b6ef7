"""What this feature writes: their statement, to members and organisations that want it so."""

from typing import ClassVar

from controller.capabilities.billing.cents import plain
from controller.domain.words.catalogue import N_
from controller.domain.words.time import month_of
from controller.kernel.message import Letter, Link, Message, Telling


class StatementMessage(Message, frozen=True, kw_only=True):
    """A month is closed, and their statement has its number."""

    WHAT: ClassVar[str] = "statement"
    TITLE: ClassVar[str] = N_("Relevé du mois")

    month: str
    number: str
    total_cents: int
    left_cents: int

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        month = month_of(self.month, to.translator)
        total = to.say(N_("Total : %(sum)s €"), sum=_amount(self.total_cents, to))
        left = to.say(N_("Reste dû : %(sum)s €"), sum=_amount(self.left_cents, to))
        pay = N_("À régler à l’accueil : Loquet n’encaisse rien.")
        number = to.say(N_("Relevé n° %(number)s, de %(month)s."), number=self.number, month=month)
        due = (left, to.say(pay)) if self.left_cents > 0 else ()
        return Letter(
            subject=to.say(
                N_("%(place)s : votre relevé de %(month)s"), place=to.place, month=month
            ),
            lines=(number, total, *due),
            link=Link(to.say(N_("Voir le relevé")), f"/mine/statements/{self.month}"),
        )


class OrganisationStatementMessage(Message, frozen=True, kw_only=True):
    """A month is closed, and an organisation's statement has its number."""

    WHAT: ClassVar[str] = "organisation_statement"
    TITLE: ClassVar[str] = N_("Relevé du mois d’une structure")

    statement_id: str
    name: str
    month: str
    number: str
    total_cents: int
    left_cents: int

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        month = month_of(self.month, to.translator)
        said = {"place": to.place, "name": self.name, "month": month}
        number = to.say(N_("Relevé n° %(number)s, de %(month)s."), number=self.number, month=month)
        total = to.say(N_("Total : %(sum)s €"), sum=_amount(self.total_cents, to))
        left = to.say(N_("Reste dû : %(sum)s €"), sum=_amount(self.left_cents, to))
        with_link = to.say(
            N_("Le lien ouvre le relevé entier, en page, PDF et CSV, à qui a ce message.")
        )
        return Letter(
            subject=to.say(N_("%(place)s : relevé de %(month)s pour %(name)s"), **said),
            lines=(number, total, *((left,) if self.left_cents > 0 else ()), with_link),
            link=Link(to.say(N_("Voir le relevé")), f"/statement/{self.statement_id}/{to.secret}"),
        )


def _amount(cents: int, to: Telling) -> str:
    text = plain(cents)
    return text if to.translator.language == "fr" else text.replace(",", ".")


MESSAGES = (StatementMessage, OrganisationStatementMessage)

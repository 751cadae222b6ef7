"""What this feature writes to members: a subscription that ends, or has ended."""

from datetime import timedelta
from typing import ClassVar, Self

from sqlalchemy.orm import Session

from controller.capabilities.plans import follow_on
from controller.capabilities.plans.models import SubscriptionRow
from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
from controller.domain.words.time import in_days
from controller.kernel.message import Letter, Link, Message, Telling

ENDED_FOR = timedelta(days=7)
"""How long it is news that a subscription has ended."""
_DAY = timedelta(days=1)


class SubscriptionMessage(Message, frozen=True, kw_only=True):
    """Something about the end of one subscription."""

    SITE_CHOOSES: ClassVar[bool] = True

    subscription_id: str
    plan: dict[str, str]
    """The plan's name, by language."""
    ends_at: str

    def still(self, db: Session) -> bool:
        """Unless it was prolonged, replaced, or taken back."""
        row = db.get(SubscriptionRow, self.subscription_id)
        if row is None or row.valid_until != Utc.parse(self.ends_at):
            return False
        return not follow_on.exists_for(db, row)


class SubscriptionEndsMessage(SubscriptionMessage, frozen=True, kw_only=True):
    """A subscription ends soon."""

    WHAT: ClassVar[str] = "subscription_ends"
    TITLE: ClassVar[str] = N_("Abonnement bientôt terminé")

    @classmethod
    def example(cls, now: Utc) -> Self:
        """In 30 days."""
        ends = Utc.of(now + 30 * _DAY)
        return cls(subscription_id="example", plan=_EXAMPLE_PLAN, ends_at=ends.text())

    def until(self) -> Utc | None:
        """Once it has ended, another letter says so."""
        return Utc.parse(self.ends_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        ends, plan = Utc.parse(self.ends_at), to.name(self.plan)
        days = in_days(round((ends - to.now) / _DAY), to.translator)
        line = N_("Votre abonnement « %(plan)s » est valable %(until)s.")
        return Letter(
            subject=to.say(N_("Votre abonnement se termine %(days)s"), days=days),
            lines=(
                to.say(line, plan=plan, until=to.until(ends)),
                to.say(N_("Pour continuer, renouvelez-le à l’accueil.")),
            ),
            link=Link(to.say(N_("Voir mon abonnement")), "/mine"),
        )


class SubscriptionEndedMessage(SubscriptionMessage, frozen=True, kw_only=True):
    """A subscription has ended, and no other follows."""

    WHAT: ClassVar[str] = "subscription_ended"
    TITLE: ClassVar[str] = N_("Abonnement terminé")

    grace_days: int

    @classmethod
    def example(cls, now: Utc) -> Self:
        """An hour ago."""
        return cls(
            subscription_id="example",
            plan=_EXAMPLE_PLAN,
            ends_at=Utc.of(now - timedelta(hours=1)).text(),
            grace_days=3,
        )

    def until(self) -> Utc | None:
        """A week later it is no news."""
        return Utc.of(Utc.parse(self.ends_at) + ENDED_FOR)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        ends, plan = Utc.parse(self.ends_at), to.name(self.plan)
        line = N_("Votre abonnement « %(plan)s » était valable %(until)s.")
        lines = [to.say(line, plan=plan, until=to.until(ends))]
        grace_ends = Utc.of(ends + self.grace_days * _DAY)
        if grace_ends > to.now and self.grace_days:
            lines.append(to.say(_STILL_VALID, until=to.until(grace_ends)))
        return Letter(
            subject=to.say(N_("Votre abonnement est terminé")),
            lines=(*lines, to.say(N_("Pour revenir, renouvelez-le à l’accueil."))),
            link=Link(to.say(N_("Voir mon abonnement")), "/mine"),
        )


_EXAMPLE_PLAN = {"fr": "Atelier", "en": "Workshop"}
_STILL_VALID = N_("Votre badge fonctionne encore %(until)s.")

MESSAGES = (SubscriptionEndsMessage, SubscriptionEndedMessage)

"""Messages to members about a subscription that ends soon or has ended."""

from datetime import timedelta
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.plans.models import PlanRow, SubscriptionRow
from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import in_days
from controller.domain.time import Utc
from controller.kernel.message import Letter, Link, Message, MessageContext

# Whether another subscription at the same site follows a subscription.


def follow_on_condition(beyond: Utc | None = None) -> ColumnElement[bool]:
    """Return the condition that the plan goes on after this subscription, or another plan of the
    site begins at its end; one that runs beside it does not follow it.

    For a query of subscriptions joined to their plans. What follows lasts longer than this one, or
    `beyond` a time.
    """
    later, plan = aliased(SubscriptionRow), aliased(PlanRow)
    return (
        exists()
        .where(
            later.member_id == SubscriptionRow.member_id,
            later.id != SubscriptionRow.id,
            later.valid_until.is_(None)
            | (later.valid_until > (SubscriptionRow.valid_until if beyond is None else beyond)),
            (later.plan_id == SubscriptionRow.plan_id)
            | (later.valid_from >= SubscriptionRow.valid_until),
            plan.id == later.plan_id,
            plan.site_id == PlanRow.site_id,
        )
        .correlate(SubscriptionRow, PlanRow)
    )


def has_follow_on(db: Session, row: SubscriptionRow) -> bool:
    """Return whether another subscription follows this one."""
    later = (
        select(SubscriptionRow.id)
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(SubscriptionRow.id == row.id, follow_on_condition())
    )
    return db.scalar(later) is not None


SENT_WITHIN = timedelta(days=7)
"""For how long after its end a message about it is still sent."""
_DAY = timedelta(days=1)


class SubscriptionMessage(Message, frozen=True, kw_only=True):
    """A message about the end of a subscription."""

    SITE_CHOOSES: ClassVar[bool] = True

    subscription_id: str
    plan: dict[str, str]
    """The plan's name, by language."""
    ends_at: str

    def is_still_relevant(self, db: Session) -> bool:
        """Return False if it was extended, replaced or deleted meanwhile."""
        row = db.get(SubscriptionRow, self.subscription_id)
        if row is None or row.valid_until != Utc.parse(self.ends_at):
            return False
        return not has_follow_on(db, row)


class SubscriptionEndsMessage(SubscriptionMessage, frozen=True, kw_only=True):
    """A subscription ends soon."""

    WHAT: ClassVar[str] = "subscription_ends"
    TITLE: ClassVar[str] = N_("Subscription ending soon")
    UNTIL: ClassVar[str] = "ends_at"

    @classmethod
    def example(cls, now: Utc) -> Self:
        """Return a message about a subscription that ends in 30 days."""
        ends = Utc.of(now + 30 * _DAY)
        return cls(subscription_id="example", plan=_EXAMPLE_PLAN, ends_at=ends.text())

    def letter(self, to: MessageContext) -> Letter:
        ends, plan = Utc.parse(self.ends_at), to.name(self.plan)
        days = in_days(round((ends - to.now) / _DAY), to.translator)
        line = N_("Your “%(plan)s” subscription is valid %(until)s.")
        return Letter(
            subject=to.say(N_("Your subscription ends %(days)s"), days=days),
            lines=(
                to.say(line, plan=plan, until=to.until(ends)),
                to.say(N_("To continue, renew it at the desk.")),
            ),
            link=Link(to.say(N_("See my subscription")), "/mine"),
        )


class SubscriptionEndedMessage(SubscriptionMessage, frozen=True, kw_only=True):
    """A subscription has ended, and no other follows."""

    WHAT: ClassVar[str] = "subscription_ended"
    TITLE: ClassVar[str] = N_("Subscription ended")

    grace_days: int

    @classmethod
    def example(cls, now: Utc) -> Self:
        """Return a message about a subscription that ended an hour ago."""
        return cls(
            subscription_id="example",
            plan=_EXAMPLE_PLAN,
            ends_at=Utc.of(now - timedelta(hours=1)).text(),
            grace_days=3,
        )

    def until(self) -> Utc | None:
        """Return a week after the end."""
        return Utc.of(Utc.parse(self.ends_at) + SENT_WITHIN)

    def letter(self, to: MessageContext) -> Letter:
        ends, plan = Utc.parse(self.ends_at), to.name(self.plan)
        line = N_("Your “%(plan)s” subscription was valid %(until)s.")
        lines = [to.say(line, plan=plan, until=to.until(ends))]
        grace_ends = Utc.of(ends + self.grace_days * _DAY)
        if grace_ends > to.now and self.grace_days:
            lines.append(to.say(_STILL_VALID, until=to.until(grace_ends)))
        return Letter(
            subject=to.say(N_("Your subscription has ended")),
            lines=(*lines, to.say(N_("To come back, renew it at the desk."))),
            link=Link(to.say(N_("See my subscription")), "/mine"),
        )


_EXAMPLE_PLAN = {"fr": "Atelier", "en": "Workshop"}
_STILL_VALID = N_("Your badge still works %(until)s.")

MESSAGES = (SubscriptionEndsMessage, SubscriptionEndedMessage)

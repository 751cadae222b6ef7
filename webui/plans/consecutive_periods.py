"""Consecutive periods: subscriptions to one plan that follow each other without a gap."""

from collections.abc import Sequence

from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import Subscription
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.paging import all_items


def subscriptions_of(db: Session, member: str, who: Actor) -> tuple[Subscription, ...]:
    """Return all subscriptions of a member: past, present and future."""
    return tuple(all_items(lambda c: subscriptions.page(db, actor=who, member_id=member, cursor=c)))


def end_of(period: Subscription, bought: Sequence[Subscription]) -> Utc | None:
    """Return when the last of the consecutive periods ends; None: never."""
    return last_of(period, bought).valid_until


def last_of(period: Subscription, bought: Sequence[Subscription]) -> Subscription:
    """Return the last of the consecutive periods that start with `period`."""
    last = period
    for subscription in sorted(bought, key=lambda subscription: subscription.valid_from):
        end = last.valid_until
        if end is None:
            break
        goes_on = subscription.valid_until is None or subscription.valid_until > end
        if subscription.plan_id == last.plan_id and subscription.valid_from <= end and goes_on:
            last = subscription
    return last

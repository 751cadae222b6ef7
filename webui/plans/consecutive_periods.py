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


def end_order(period: Subscription) -> tuple[bool, Utc]:
    """Sort key: the period that ends last comes last, one without an end after all others."""
    return period.valid_until is None, period.valid_until or period.valid_from


def last_of_plan(period: Subscription, periods: Sequence[Subscription]) -> Subscription:
    """Return the period of the same plan that ends last, also after a gap."""
    same_plan = [other for other in periods if other.plan_id == period.plan_id]
    return max(same_plan, key=end_order, default=period)


def last_of(period: Subscription, periods: Sequence[Subscription]) -> Subscription:
    """Return the last of the consecutive periods that start with `period`."""
    last = period
    for subscription in sorted(periods, key=lambda subscription: subscription.valid_from):
        end = last.valid_until
        if end is None:
            break
        ends_later = subscription.valid_until is None or subscription.valid_until > end
        if subscription.plan_id == last.plan_id and subscription.valid_from <= end and ends_later:
            last = subscription
    return last

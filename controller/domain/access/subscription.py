"""The check of a subscription: its plan must open this point, and it must be valid, grace days
included."""

from datetime import timedelta

from controller.domain.access.case import Case, Denial, first_after
from controller.domain.access.decision import DenyReason, Detail
from controller.domain.facts import Holder
from controller.domain.time import Utc


def subscription(case: Case) -> Denial | None:
    """Deny access unless the holder's plan opens this point and the subscription is valid.

    It is valid from its first day until its grace days have passed.
    """
    if not case.asks_subscription:
        return None
    begins = case.holder.subscription_from
    if case.plan is None or not _plan_opens(case) or (begins is not None and case.now < begins):
        return Denial(DenyReason.SUBSCRIPTION_MISSING, _missing_plan(case))
    end = subscription_end(case.holder)
    if end is not None and case.now >= end:
        since = case.holder.subscription_until
        return Denial(DenyReason.SUBSCRIPTION_EXPIRED, Detail(expired_since=since))
    return None


def subscription_end(holder: Holder) -> Utc | None:
    """Return when a subscription's right ends, grace days included; None: never."""
    if holder.subscription_until is None:
        return None
    try:
        return holder.subscription_until + timedelta(days=max(0, holder.grace_days))
    except OverflowError:  # beyond the calendar's end
        return None


def _plan_opens(case: Case) -> bool:
    """Return whether the point accepts the holder's plan and the plan covers the point's zone."""
    accepted = case.point.requirement.plans
    zones = case.plan.zones if case.plan is not None else ()
    return (not accepted or case.holder.plan in accepted) and (
        not zones or case.point.zone in zones
    )


def _missing_plan(case: Case) -> Detail:
    """Return which plans would open the point, and when the holder's own begins."""
    accepted = case.point.requirement.plans
    begins = case.holder.subscription_from if case.plan is not None else None
    return Detail(
        plans=tuple(
            id
            for id, plan in case.site.plans.items()
            if (not accepted or id in accepted)
            and (not plan.zones or case.point.zone in plan.zones)
        ),
        valid_from=first_after(case.now, begins),
    )

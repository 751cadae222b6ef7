"""Chooses which of a member's subscriptions applies to a tap."""

from collections.abc import Iterator
from dataclasses import replace

from controller.domain.access import checks_moment, limits
from controller.domain.access.case import Case
from controller.domain.access.subscription import subscription
from controller.domain.facts import Holder
from controller.domain.time import Utc


def with_best_subscription(case: Case) -> Case:
    """Return the case with the subscription that grants for longest; if none grants, the one that
    passes the most checks."""
    if not case.holder.subscriptions:
        return case
    cases = [replace(case, holder=holder) for holder in _alternatives(case.holder)]
    return max(cases, key=_rank)


def has_valid_subscription(case: Case) -> bool:
    """Return whether no subscription is required, or one is valid now, including its plan's
    hours."""
    return _count_passed(with_best_subscription(case)) == 2


def _alternatives(holder: Holder) -> Iterator[Holder]:
    yield holder
    for candidate in holder.subscriptions:
        yield replace(
            holder,
            plan=candidate.plan,
            subscription_from=candidate.subscription_from,
            subscription_until=candidate.subscription_until,
            grace_days=candidate.grace_days,
        )


def _rank(case: Case) -> tuple[int, bool, Utc, bool, Utc]:
    """Return a sort key, greatest for the best case: first the checks passed, then how long the
    grant lasts."""
    right = limits.right_until(case)
    ends = [moment for moment in (limits.hours_until(case), right) if moment is not None]
    end = min(ends, default=None)
    return _count_passed(case), end is None, end or case.now, right is None, right or case.now


def _count_passed(case: Case) -> int:
    """Return 0 if the subscription is denied, 1 if only the plan's hours are, 2 if both checks
    pass."""
    if subscription(case) is not None:
        return 0
    return 1 if checks_moment.hours(case) is not None else 2

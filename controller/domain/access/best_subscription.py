"""Chooses which of a member's subscriptions applies to a tap."""

from collections.abc import Iterator
from dataclasses import replace

from controller.domain.access import checks_moment, limits
from controller.domain.access.case import Case
from controller.domain.access.subscription import subscription
from controller.domain.facts import Holder
from controller.domain.time import Utc


def with_best_subscription(case: Case) -> Case:
    """Return the case with the subscription that passes the most checks; of those that grant, the
    one that lasts longest.

    So a second subscription never turns a grant into a denial.
    """
    if not case.holder.subscriptions:
        return case
    cases = [replace(case, holder=holder) for holder in _alternatives(case.holder)]
    return max(cases, key=_worth)


def has_valid_subscription(case: Case) -> bool:
    """Return whether a subscription is valid now, its plan's hours included, or none is
    required."""
    return _passed(with_best_subscription(case)) == 2


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


def _worth(case: Case) -> tuple[int, bool, Utc, bool, Utc]:
    """Rank a case: how many checks it passes, then how long it stays granted; no end ranks highest.

    `max` takes the first of equal ones.
    """
    right = limits.right_until(case)
    ends = [moment for moment in (limits.hours_until(case), right) if moment is not None]
    end = min(ends, default=None)
    return _passed(case), end is None, end or case.now, right is None, right or case.now


def _passed(case: Case) -> int:
    """Return 0 if the subscription is denied, 1 if only the hours are, 2 if both pass."""
    if subscription(case) is not None:
        return 0
    return 1 if checks_moment.hours(case) is not None else 2

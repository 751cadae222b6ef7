"""Which of a member's subscriptions holds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.store.models import PlanRow, SubscriptionRow

_ADJOINING = timedelta(seconds=1)
"""Two subscriptions of one plan with less between them count as one window."""


@dataclass(frozen=True, slots=True)
class Period:
    """A subscription as the choice of the current one reads it."""

    plan: str
    grace_days: int
    start: Utc
    end: Utc | None


def choose(periods: list[Period], now: Utc) -> Period | None:
    """Which subscription holds: the one that ends last of those now, else the next, else the last.

    Adjoining ones of the same plan make one, so that a renewal bought early needs no network.
    """
    joined: list[Period] = []
    for each in sorted(periods, key=lambda period: (period.plan, period.start)):
        last = joined[-1] if joined else None
        if last and last.plan == each.plan and (
            last.end is None or each.start - last.end <= _ADJOINING
        ):  # fmt: skip
            end = None if last.end is None or each.end is None else max(last.end, each.end)
            joined[-1] = Period(last.plan, last.grace_days, last.start, end)
        else:
            joined.append(each)
    current = [p for p in joined if p.start <= now and (p.end is None or now < p.end)]
    if current:
        return max(current, key=lambda p: (p.end is None, p.end or p.start, p.plan))
    coming = [p for p in joined if p.start > now]
    if coming:
        return min(coming, key=lambda p: (p.start, p.plan))
    return max(joined, key=lambda p: (p.end or p.start, p.plan), default=None)


def periods_of(db: Session, members: Sequence[str]) -> dict[str, list[Period]]:
    """The subscriptions of these members (at most CHUNK), by member."""
    result = defaultdict(list)
    for row in db.execute(
        select(
            SubscriptionRow.member_id, SubscriptionRow.plan_id, PlanRow.grace_days,
            SubscriptionRow.valid_from, SubscriptionRow.valid_until,
        )
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(SubscriptionRow.member_id.in_(members))
    ):  # fmt: skip
        result[row.member_id].append(
            Period(row.plan_id, row.grace_days, row.valid_from, row.valid_until)
        )
    return result

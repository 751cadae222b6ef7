"""Chooses a member's current subscription, from subscriptions and passes as periods."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import Session

from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.domain.time import Utc
from controller.kernel.paging import without_index

_ADJOINING = timedelta(seconds=1)
"""Subscriptions of the same plan with a smaller gap than this count as one period."""


@dataclass(frozen=True, slots=True)
class Period:
    """A subscription, reduced to the fields for choosing the current one."""

    plan: str
    grace_days: int
    start: Utc
    end: Utc | None


def choose(periods: list[Period], now: Utc) -> Period | None:
    """Return the current period: the valid one that ends last, else the next, else the last, if
    any."""
    return _current(_join(periods), now)


def running_periods(periods: list[Period], now: Utc) -> list[Period]:
    """Return the periods that are valid now, the one that ends first at the front."""
    running = [p for p in _join(periods) if p.start <= now and (p.end is None or now < p.end)]
    return sorted(running, key=lambda p: (p.end is None, p.end or p.start, p.plan))


def order_periods(periods: list[Period], now: Utc) -> list[Period]:
    """Return the current period, then others that have not ended, including grace days."""
    joined_periods = _join(periods)
    first = _current(joined_periods, now)
    if first is None:
        return []
    other_periods = [
        p for p in joined_periods if p != first and (p.end is None or now < _with_grace(p))
    ]
    return [first, *sorted(other_periods, key=lambda p: (p.plan, p.start))]


def _with_grace(period: Period) -> datetime:
    return (period.end or period.start) + timedelta(days=period.grace_days)


def _join(periods: list[Period]) -> list[Period]:
    """Join adjoining periods of a plan, so that offline agents also know an early renewal."""
    joined: list[Period] = []
    for next_period in sorted(periods, key=lambda period: (period.plan, period.start)):
        last = joined[-1] if joined else None
        if (
            last
            and last.plan == next_period.plan
            and (last.end is None or next_period.start - last.end <= _ADJOINING)
        ):
            end = (
                None
                if last.end is None or next_period.end is None
                else max(last.end, next_period.end)
            )
            joined[-1] = Period(last.plan, last.grace_days, last.start, end)
        else:
            joined.append(next_period)
    return joined


def _current(joined_periods: list[Period], now: Utc) -> Period | None:
    """Return the valid one that ends last, else the next one, else the last one."""
    current = [p for p in joined_periods if p.start <= now and (p.end is None or now < p.end)]
    if current:
        return max(current, key=lambda p: (p.end is None, p.end or p.start, p.plan))
    future = [p for p in joined_periods if p.start > now]
    if future:
        return min(future, key=lambda p: (p.start, p.plan))
    return max(joined_periods, key=lambda p: (p.end or p.start, p.plan), default=None)


def periods_of(
    db: Session,
    members: Sequence[str],
    site_id: str | None = None,
    *,
    entered_by: Utc | None = None,
) -> dict[str, list[Period]]:
    """Return the subscriptions of these members (at most CHUNK), at one or all sites, by member.

    `entered_by`: only those entered by that time.
    """
    entered = SubscriptionRow.entered_at
    result = defaultdict(list)
    for row in db.execute(
        select(
            SubscriptionRow.member_id,
            SubscriptionRow.plan_id,
            PlanRow.grace_days,
            SubscriptionRow.valid_from,
            SubscriptionRow.valid_until,
        )
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(SubscriptionRow.member_id.in_(members), _is_plan_of(site_id))
        .where(true() if entered_by is None else entered.is_(None) | (entered <= entered_by))
    ):
        result[row.member_id].append(
            Period(row.plan_id, row.grace_days, row.valid_from, row.valid_until)
        )
    return result


def _is_plan_of(site_id: str | None) -> ColumnElement[bool]:
    """Return the condition that the plan is of the site; efficient only for few members."""
    return true() if site_id is None else without_index(PlanRow.site_id) == site_id


def pass_periods(
    db: Session, members: Sequence[str], site_id: str | None
) -> Iterator[tuple[str, Period]]:
    """Return periods of passes: valid while days are left, then until the end of the last one.

    Later uses don't extend the period: an offline agent may grant them, a compromised one may
    invent them.
    """
    order = func.row_number().over(
        partition_by=PassUse.pass_id, order_by=(PassUse.starts_at, PassUse.id)
    )
    use = (
        select(PassUse.pass_id, PassUse.starts_at, PassUse.ends_at, order.label("number"))
        .where(PassUse.member_id.in_(members))
        .subquery()
    )
    last = (use.c.pass_id == PassRow.id) & (use.c.number == PassRow.units)
    rows = (
        select(
            PassRow.member_id,
            PassRow.plan_id,
            func.coalesce(use.c.starts_at, PassRow.valid_from).label("start"),
            case((use.c.number.is_(None), PassRow.valid_until), else_=use.c.ends_at).label("end"),
        )
        .join(PlanRow, PlanRow.id == PassRow.plan_id)
        .outerjoin(use, last)
        .where(PassRow.member_id.in_(members), _is_plan_of(site_id))
    )
    for row in db.execute(rows):
        yield row.member_id, Period(row.plan_id, 0, row.start, row.end)

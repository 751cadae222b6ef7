"""The rows about plans in the agents' policy: what each opens, and each member's subscriptions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.capabilities.members.policy import of_member
from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.capabilities.plans.periods import Period, order_periods, pass_periods, periods_of
from controller.domain.facts import Name, OtherSubscription, Plan
from controller.domain.time import Utc
from controller.kernel.facts import Contributor, FactKind, Fields, Invalidation, Keys, key_condition
from controller.policy.reading import from_json


def _plans(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    columns = select(
        PlanRow.id, PlanRow.name, PlanRow.schedule_id, PlanRow.zones, PlanRow.outside_opening
    )
    return {
        row.id: {
            "name": from_json(row.name, Name),
            "schedule": row.schedule_id,
            "zones": tuple(row.zones),
            "outside_opening": row.outside_opening,
        }
        for row in db.execute(
            columns.where(PlanRow.site_id == site_id, key_condition(PlanRow.id, keys))
        )
    }


def _subscription_fields(db: Session, site_id: str, members: Sequence[str], now: Utc) -> Fields:
    """Return each member's current subscription and the others; passes count as subscriptions."""
    periods = periods_of(db, members, site_id)
    for member, period in pass_periods(db, members, site_id):
        periods.setdefault(member, []).append(period)
    fields_by_member: Fields = {}
    for member, member_periods in periods.items():
        first, *other_fields = map(_fields, order_periods(member_periods, now))
        fields_by_member[member] = first | {
            "subscriptions": tuple(
                OtherSubscription(**subscription) for subscription in other_fields
            )
        }
    return fields_by_member


def _fields(period: Period) -> dict[str, Any]:
    return {
        "plan": period.plan,
        "subscription_from": period.start,
        "subscription_until": period.end,
        "grace_days": period.grace_days,
    }


def _note_plan(row: PlanRow) -> Iterator[Invalidation]:
    """Invalidate the plan, and its subscribers if its grace days have changed."""
    yield Invalidation("plan", row.id, row.site_id)
    if inspect(row).attrs.grace_days.history.deleted:
        yield Invalidation("grace", row.id, row.site_id)


def _subscribers(db: Session, _site_id: str, plans: list[str]) -> Iterable[Invalidation]:
    subscribed = select(SubscriptionRow.member_id).where(SubscriptionRow.plan_id.in_(plans))
    return (Invalidation("member", member) for member in db.scalars(subscribed))


def _changed_by_time(db: Session, since: Utc, now: Utc) -> Iterator[Invalidation]:
    """Yield the members for whom a subscription, pass or grace period began or ended.

    Then another one may be current, and an ended one leaves the policy.
    """
    conditions = [
        (model.member_id, _is_between(begins, since, now) | _is_between(ends, since, now))
        for model, begins, ends in (
            (SubscriptionRow, SubscriptionRow.valid_from, SubscriptionRow.valid_until),
            (PassRow, PassRow.valid_from, PassRow.valid_until),
            (PassUse, PassUse.starts_at, PassUse.ends_at),
        )
    ]
    graces = select(PlanRow.id, PlanRow.grace_days).where(PlanRow.grace_days > 0)
    for plan, days in db.execute(graces):
        over = (Utc.of(moment - timedelta(days=days)) for moment in (since, now))
        ended_subscriptions = _is_between(SubscriptionRow.valid_until, *over)
        conditions.append(
            (SubscriptionRow.member_id, ended_subscriptions & (SubscriptionRow.plan_id == plan))
        )
    for column, condition in conditions:
        for member in db.scalars(select(column).where(condition).distinct()):
            yield Invalidation("member", member)


def _is_between(column: InstrumentedAttribute[Any], since: Utc, now: Utc) -> ColumnElement[bool]:
    return (column > since) & (column <= now)


FACTS = Contributor(
    rows=(FactKind(kind="plan", read=_plans, value=Plan),),
    parts={"member": _subscription_fields},
    watches={
        PlanRow: _note_plan,
        SubscriptionRow: of_member,
        PassRow: of_member,
        PassUse: of_member,
    },
    site_dependents={"grace": _subscribers},
    time_effects=_changed_by_time,
)

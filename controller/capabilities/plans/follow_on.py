"""Whether a subscription is followed by another at the same site."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.plans.models import PlanRow, SubscriptionRow


def condition() -> ColumnElement[bool]:
    """Of a row of subscriptions joined to its plan: another ends later, or never."""
    later, plan = aliased(SubscriptionRow), aliased(PlanRow)
    return (
        exists()
        .where(
            later.member_id == SubscriptionRow.member_id,
            later.id != SubscriptionRow.id,
            later.valid_until.is_(None) | (later.valid_until > SubscriptionRow.valid_until),
            plan.id == later.plan_id,
            plan.site_id == PlanRow.site_id,
        )
        .correlate(SubscriptionRow, PlanRow)
    )


def exists_for(db: Session, row: SubscriptionRow) -> bool:
    """Whether another follows this one."""
    found = (
        select(SubscriptionRow.id)
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(SubscriptionRow.id == row.id, condition())
    )
    return db.scalar(found) is not None

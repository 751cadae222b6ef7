"""Changes of the policy that time or an operator brings, not an edited fact."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.domain.time import Utc
from controller.policy.models import PolicySite
from controller.policy.touch import touch_members


def refresh_due(db: Session, since: Utc, now: Utc) -> None:
    """Touch the members with a subscription or pass that began or ended in (since, now].

    At such a moment another may be the first, and one that is over leaves the holder row.
    """
    for model in (SubscriptionRow, PassRow):
        moved = _between(model.valid_from, since, now) | _between(model.valid_until, since, now)
        touch_members(db, db.scalars(select(model.member_id).where(moved).distinct()))
    spent = _between(PassUse.ends_at, since, now) | _between(PassUse.starts_at, since, now)
    touch_members(db, db.scalars(select(PassUse.member_id).where(spent).distinct()))
    for plan, days in db.execute(
        select(PlanRow.id, PlanRow.grace_days).where(PlanRow.grace_days > 0)
    ):
        over = [Utc.of(each - timedelta(days=days)) for each in (since, now)]
        ended = _between(SubscriptionRow.valid_until, *over)
        of_plan = SubscriptionRow.plan_id == plan
        touch_members(db, db.scalars(select(SubscriptionRow.member_id).where(ended, of_plan)))


def _between(column: InstrumentedAttribute[Any], since: Utc, now: Utc) -> ColumnElement[bool]:
    return (column > since) & (column <= now)


def raise_epoch(db: Session) -> None:
    """After a restore of the database: agents take a snapshot, whatever version they have."""
    db.execute(update(PolicySite).values(epoch=PolicySite.epoch + 1))

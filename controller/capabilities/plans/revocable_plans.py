"""Finds the subscriptions and passes that the actor can still take back from a member."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans import corrections
from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission

MAX_AGE = timedelta(days=30)
"""How old a subscription given by mistake may be; an older one is ended instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocablePlan:
    """A recent unused subscription, or a pass without a spent day."""

    id: str
    plan_id: str
    units: int | None
    """Days of a pass; None for a subscription."""
    valid_from: Utc
    valid_until: Utc | None
    needs_reason: bool
    """False only for the actor's own entry of today that has not opened anything."""


def revocable_plans(
    db: Session, member_id: str, site_id: str, *, actor: Actor, now: Utc
) -> list[RevocablePlan]:
    """Return the plans that the actor may take back at a site, newest first."""
    if not actor.may(Permission.MEMBERS_WRITE, site_id):
        return []
    rows: list[SubscriptionRow | PassRow]
    rows = [*_subscriptions(db, member_id, site_id, now), *_passes(db, member_id, site_id, now)]
    rows.sort(key=lambda row: row.id, reverse=True)
    zone = ZoneInfo(db.get_one(SiteRow, site_id).time_zone)
    may_decide = actor.may(Permission.MONEY_WRITE, site_id)
    is_own = {
        row.id: corrections.is_own_of_today(row, zone, actor=actor, now=now)
        and not corrections.has_opened(db, row, site_id)
        for row in rows
    }
    return [
        RevocablePlan(
            id=row.id,
            plan_id=row.plan_id,
            units=row.units if isinstance(row, PassRow) else None,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            needs_reason=not is_own[row.id],
        )
        for row in rows
        if is_own[row.id] or (may_decide and _is_unused(db, row, site_id, now))
    ]


def _is_unused(db: Session, row: SubscriptionRow | PassRow, site_id: str, now: Utc) -> bool:
    """Return whether a subscription may be a mistake without any benefit for the member."""
    if isinstance(row, PassRow):
        return True
    is_fresh = now - max(row.valid_from, row.entered_at or row.valid_from) <= MAX_AGE
    return is_fresh and not corrections.is_used(db, row, site_id)


def _subscriptions(db: Session, member_id: str, site_id: str, now: Utc) -> list[SubscriptionRow]:
    table = SubscriptionRow
    statement = select(table).join(PlanRow, PlanRow.id == table.plan_id)
    lasts = or_(table.valid_until.is_(None), table.valid_until > now)
    conditions = (table.member_id == member_id, PlanRow.site_id == site_id, lasts)
    return list(db.scalars(statement.where(*conditions)))


def _passes(db: Session, member_id: str, site_id: str, now: Utc) -> list[PassRow]:
    table = PassRow
    statement = select(table).join(PlanRow, PlanRow.id == table.plan_id)
    lasts = or_(table.valid_until.is_(None), table.valid_until > now)
    unspent = ~exists().where(PassUse.pass_id == table.id)
    conditions = (table.member_id == member_id, PlanRow.site_id == site_id, lasts, unspent)
    return list(db.scalars(statement.where(*conditions)))

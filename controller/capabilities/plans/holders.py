"""Counts the members who have each plan, and those whose subscription ends soon."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.member_filter import SOON
from controller.capabilities.plans.models import PlanRow, SubscriptionRow
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission


@dataclass(frozen=True, slots=True)
class HolderCounts:
    """How many members have a valid subscription, and for how many it ends within 30 days."""

    current: int = 0
    ending: int = 0


def count_holders(db: Session, site_id: str, *, actor: Actor, now: Utc) -> dict[str, HolderCounts]:
    """Return these numbers for each plan of the site, by its id. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    soon = SubscriptionRow.valid_until <= Utc.of(now + SOON)
    person = SubscriptionRow.member_id
    rows = (
        select(
            SubscriptionRow.plan_id,
            func.count(person.distinct()),
            func.count(case((soon, person)).distinct()),
        )
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .join(MemberRow, MemberRow.id == person)
        .where(
            PlanRow.site_id == site_id,
            MemberRow.status != MemberStatus.SUSPENDED,  # former members have no valid one
            SubscriptionRow.valid_from <= now,
            SubscriptionRow.valid_until.is_(None) | (SubscriptionRow.valid_until > now),
        )
        .group_by(SubscriptionRow.plan_id)
    )
    return {plan: HolderCounts(current, ending) for plan, current, ending in db.execute(rows)}

"""Renew several subscriptions in one bulk operation, with a preview."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.several import chosen_members
from controller.capabilities.members.shapes import Category
from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.lengths import Length, add_length, renewed_end
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.periods import Period, choose, periods_of, running_periods
from controller.capabilities.plans.shapes import NewSubscription
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.bulk_operation import BulkOperation, Outcome, try_one
from controller.kernel.models import AuditEntry


class NotRenewed(StrEnum):
    """Why a subscription can't be renewed."""

    LEFT = "left"
    SUSPENDED = "suspended"
    NEVER = "never"
    """The member never had a subscription here."""
    ENDLESS = "endless"
    """The subscription has no end."""
    GUARDIAN = "guardian"
    """The member is a minor without a guardian."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The renewal of a member's subscription: its plan and period, or why there is none."""

    member_id: str
    name: str
    plan_id: str = ""
    starts: Utc | None = None
    ends: Utc | None = None
    refused: NotRenewed | None = None


def preview_renewals(
    db: Session, rows: Sequence[MemberRow], site_id: str, length: Length, now: Utc
) -> list[Renewal]:
    """Return each member's renewal, from the end of the current period, or now if that is over.

    Of several plans at once, it is of the one that ends first, as the list of members says.
    """
    zone = ZoneInfo(db.get_one(SiteRow, site_id).time_zone)
    periods = periods_of(db, [row.id for row in rows], site_id)
    previews = []
    for row in rows:
        member_periods = periods.get(row.id, [])
        first = next(iter(running_periods(member_periods, now)), None) or choose(
            member_periods, now
        )
        previews.append(_renewal(row, first, length, zone, now))
    return previews


def renew(
    db: Session,
    ids: Sequence[str],
    site_id: str,
    length: Length,
    operation: BulkOperation,
    *,
    actor: Actor,
    now: Utc,
) -> Outcome:
    """Renew the subscriptions that can be renewed; idempotent. Raises Forbidden.

    One that this operation gave and that was withdrawn since is refused: given again under the
    same id, it would have the remission of the first.
    """
    actor.require(Permission.MEMBERS_WRITE, site_id)
    renewed = select(SubscriptionRow.member_id).where(operation.has_created(SubscriptionRow.id))
    before = set(db.scalars(renewed)) & set(ids)
    withdrawn = _withdrawn_members(db, set(ids) - before, operation)
    rows = chosen_members(db, set(ids) - before - withdrawn, site_id, actor=actor)
    outcome = Outcome(done=len(before), refused=len(withdrawn))
    for renewal in preview_renewals(db, rows, site_id, length, now):
        outcome += _renew(db, renewal, operation, actor, now)
    return outcome


def renewed_subscriptions(db: Session, operation: BulkOperation) -> list[str]:
    """Return the ids of the subscriptions that the operation created."""
    ids = select(SubscriptionRow.id).where(operation.has_created(SubscriptionRow.id))
    return list(db.scalars(ids.order_by(SubscriptionRow.id)))


def renewed_plans(db: Session, operation: BulkOperation) -> list[tuple[str, Utc]]:
    """Return the plan and the start of each subscription that the operation created."""
    table = SubscriptionRow
    rows = db.execute(
        select(table.plan_id, table.valid_from).where(operation.has_created(table.id))
    )
    return [(plan, start) for plan, start in rows]


def take_back(db: Session, ids: Sequence[str], *, actor: Actor, now: Utc) -> Outcome:
    """Delete these subscriptions, which were created by mistake."""
    outcome = Outcome()
    for id_ in ids:
        outcome += try_one(subscriptions.take_back, db, id_, actor=actor, now=now)
    return outcome


def _withdrawn_members(db: Session, ids: set[str], operation: BulkOperation) -> set[str]:
    """Return the members whose subscription of this operation was withdrawn."""
    entries = select(AuditEntry.subject, AuditEntry.detail).where(
        AuditEntry.subject.in_([f"member:{id_}" for id_ in ids]),
        AuditEntry.action == "subscription_taken_back",
    )
    withdrawn = {
        (subject, json.loads(detail).get("subscription")) for subject, detail in db.execute(entries)
    }
    return {id_ for id_ in ids if (f"member:{id_}", operation.id_for(id_)) in withdrawn}


def _renewal(
    row: MemberRow, period: Period | None, length: Length, zone: ZoneInfo, now: Utc
) -> Renewal:
    refused = _obstacle(row, period)
    if period is None or period.end is None or refused is not None:
        return Renewal(member_id=row.id, name=row.display_name, refused=refused)
    start = max(now, period.end)
    return Renewal(
        member_id=row.id,
        name=row.display_name,
        plan_id=period.plan,
        starts=start,
        ends=(renewed_end if start > now else add_length)(start, length, zone),
    )


def _obstacle(row: MemberRow, period: Period | None) -> NotRenewed | None:
    if row.status is MemberStatus.LEFT:
        return NotRenewed.LEFT
    if row.status is MemberStatus.SUSPENDED:
        return NotRenewed.SUSPENDED
    if period is None:
        return NotRenewed.NEVER
    if period.end is None:
        return NotRenewed.ENDLESS
    if Category.MINOR in row.categories and row.guardian_name is None:
        return NotRenewed.GUARDIAN
    return None


def _renew(
    db: Session, renewal: Renewal, operation: BulkOperation, actor: Actor, now: Utc
) -> Outcome:
    if renewal.starts is None:
        return Outcome()
    new = NewSubscription(
        member_id=renewal.member_id,
        plan_id=renewal.plan_id,
        valid_from=renewal.starts,
        valid_until=renewal.ends,
    )
    key = operation.id_for(renewal.member_id)
    return try_one(subscriptions.create, db, new, actor=actor, now=now, key=key)

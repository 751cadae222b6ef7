"""Members who need attention: subscriptions that end soon, badges not returned, people without a
badge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import IS_LENT, CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.plans.member_filter import SOON
from controller.capabilities.plans.messages import follow_on_condition
from controller.capabilities.plans.models import PlanRow, SubscriptionRow
from controller.domain.facts import CredentialStatus, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import without_index

EXAMPLE_LIMIT = 3
"""How many members of each kind are returned by name."""
NEWEST = 500
"""How many of the newest members are checked for a missing badge."""
NEWCOMER_PERIOD = timedelta(days=60)
"""How long after joining a member is listed for having no badge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingSubscription:
    """A subscription that ends soon, without another one after it."""

    member_id: str
    name: str
    subscription_id: str
    plan_id: str
    until: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueBadge:
    """A badge that was lent before today and not returned."""

    member_id: str
    name: str
    ending: str
    """The last four characters of the badge's number."""
    since: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWithoutBadge:
    """A member who joined recently and has no badge."""

    member_id: str
    name: str
    joined: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionList:
    """The first members of each kind, and the number of all."""

    ending: Sequence[EndingSubscription]
    ending_count: int
    overdue: Sequence[OverdueBadge]
    overdue_count: int
    without_badge: Sequence[MemberWithoutBadge]
    without_badge_count: int

    @property
    def count(self) -> int:
        """Return the number of members that need attention."""
        return self.ending_count + self.overdue_count + self.without_badge_count


def attention_list(
    db: Session, site_id: str, *, today: Utc, actor: Actor, now: Utc
) -> AttentionList:
    """Return who needs attention at a site; `today`: the start of its day. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    ending_count, ending = _ending_subscriptions(db, site_id, now)
    overdue_count, overdue = _overdue_badges(db, site_id, today)
    without_badge_count, without_badge = _without_badge(db, site_id, now)
    return AttentionList(
        ending=ending,
        ending_count=ending_count,
        overdue=overdue,
        overdue_count=overdue_count,
        without_badge=without_badge,
        without_badge_count=without_badge_count,
    )


def _ending_subscriptions(
    db: Session, site_id: str, now: Utc
) -> tuple[int, list[EndingSubscription]]:
    last = Utc.of(now + SOON)
    running = (
        SubscriptionRow.valid_until > now,
        SubscriptionRow.valid_until <= last,
        SubscriptionRow.valid_from <= now,
        without_index(PlanRow.site_id) == site_id,
        without_index(MemberRow.status) == MemberStatus.ACTIVE,
        ~follow_on_condition(last),
    )
    ending = (
        select(
            MemberRow.id,
            MemberRow.display_name,
            SubscriptionRow.id.label("key"),
            SubscriptionRow.plan_id,
            SubscriptionRow.valid_until,
        )
        .join(SubscriptionRow, SubscriptionRow.member_id == MemberRow.id)
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(*running)
    )
    count = db.scalar(select(func.count()).select_from(ending.subquery())) or 0
    rows = db.execute(
        ending.order_by(SubscriptionRow.valid_until, MemberRow.id).limit(EXAMPLE_LIMIT)
    )
    return count, [
        EndingSubscription(
            member_id=row.id,
            name=row.display_name,
            subscription_id=row.key,
            plan_id=row.plan_id,
            until=row.valid_until,
        )
        for row in rows
    ]


def _overdue_badges(db: Session, site_id: str, today: Utc) -> tuple[int, list[OverdueBadge]]:
    is_overdue = (
        without_index(MemberRow.site_id) == site_id,
        IS_LENT,
        CredentialRow.status != CredentialStatus.LOST,
        CredentialRow.created_at < today,
    )
    lent = (
        select(MemberRow.id, MemberRow.display_name, CredentialRow.masked, CredentialRow.created_at)
        .join(MemberRow, MemberRow.id == CredentialRow.member_id)
        .where(*is_overdue)
    )
    rows = db.execute(lent.order_by(CredentialRow.created_at).limit(NEWEST)).all()
    return len(rows), [
        OverdueBadge(
            member_id=row.id, name=row.display_name, ending=row.masked[-4:], since=row.created_at
        )
        for row in rows[:EXAMPLE_LIMIT]
    ]


def _without_badge(db: Session, site_id: str, now: Utc) -> tuple[int, list[MemberWithoutBadge]]:
    newest = select(MemberRow.id).where(known_at([site_id])).order_by(MemberRow.id.desc())
    newest_members = newest.limit(NEWEST).subquery()
    is_newcomer = MemberRow.created_at > Utc.of(now - NEWCOMER_PERIOD)
    members = (
        select(MemberRow.id, MemberRow.display_name, MemberRow.created_at)
        .join(newest_members, newest_members.c.id == MemberRow.id)
        .where(without_index(MemberRow.status) == MemberStatus.ACTIVE, is_newcomer, ~_has_badge())
    )
    rows = db.execute(members.order_by(newest_members.c.id.desc())).all()
    return len(rows), [
        MemberWithoutBadge(member_id=row.id, name=row.display_name, joined=row.created_at)
        for row in rows[:EXAMPLE_LIMIT]
    ]


def _has_badge() -> ColumnElement[bool]:
    is_active = CredentialRow.status == CredentialStatus.ACTIVE
    return exists().where(CredentialRow.member_id == MemberRow.id, is_active)

"""Filters for lists of members: by subscription, badge and status."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, CompoundSelect, exists, func, not_, or_, select, union_all

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.messages import follow_on_condition
from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.domain.facts import CredentialStatus, MemberStatus
from controller.domain.time import Utc
from controller.kernel.paging import without_index

SOON = timedelta(days=30)
"""How close an end must be to count as soon."""
Holding = type[SubscriptionRow] | type[PassRow]
"""A table by which members have a plan."""


class MemberFilter(StrEnum):
    """A filter for a list of members."""

    COVERED = "covered"
    """Active, with a subscription or a pass that is valid now."""
    ENDING = "ending"
    """A subscription that is valid now ends within 30 days, and none follows it."""
    UNCOVERED = "uncovered"
    """Active, without a valid subscription or pass."""
    NO_BADGE = "no-badge"
    """Active, without an active badge."""
    SUSPENDED = "suspended"
    LEFT = "left"


def parse_member_filter(text: str) -> MemberFilter | None:
    """Parse a filter in a URL; None for anything else."""
    return MemberFilter(text) if text in list(MemberFilter) else None


def condition(
    member_filter: MemberFilter, now: Utc, site_id: str | None, *, is_only_condition: bool = True
) -> ColumnElement[bool]:
    """Return the filter as a condition on members.

    `site_id`: only subscriptions and passes of its plans count; None: those of every site.
    `is_only_condition`: the query has no other one, so the database should use the index of the
    status.
    """
    status = MemberRow.status if is_only_condition else without_index(MemberRow.status)
    active = status == MemberStatus.ACTIVE
    match member_filter:
        case MemberFilter.COVERED:
            return active & (
                MemberRow.id.in_(_covered_members(now, site_id))
                if is_only_condition
                else _is_covered(now, site_id)
            )
        case MemberFilter.ENDING:
            return active & _ends_soon(now, site_id)
        case MemberFilter.UNCOVERED:
            return active & not_(_is_covered(now, site_id))
        case MemberFilter.NO_BADGE:
            has_badge = exists().where(
                CredentialRow.member_id == MemberRow.id,
                CredentialRow.status == CredentialStatus.ACTIVE,
            )
            return active & not_(has_badge)
        case MemberFilter.SUSPENDED:
            return status == MemberStatus.SUSPENDED
        case MemberFilter.LEFT:
            return status == MemberStatus.LEFT


def _covered_members(now: Utc, site_id: str | None) -> CompoundSelect[tuple[str]]:
    """Select the ids of covered members; they may be few among many thousands."""
    return union_all(
        *(
            select(model.member_id).where(*_valid_now(model, now, site_id))
            for model in (SubscriptionRow, PassRow)
        )
    )


def _is_covered(now: Utc, site_id: str | None) -> ColumnElement[bool]:
    return or_(*(_has_valid(model, now, site_id) for model in (SubscriptionRow, PassRow)))


def _has_valid(model: Holding, now: Utc, site_id: str | None) -> ColumnElement[bool]:
    """Condition: the member has a currently valid row of this table."""
    return exists().where(model.member_id == MemberRow.id, *_valid_now(model, now, site_id))


def _valid_now(model: Holding, now: Utc, site_id: str | None) -> tuple[ColumnElement[bool], ...]:
    holds = (
        model.valid_from <= now,
        model.valid_until.is_(None) | (model.valid_until > now),
        *_of_site(model, site_id),
    )
    return (*holds, _has_days_left(now)) if model is PassRow else holds


def _of_site(model: Holding, site_id: str | None) -> tuple[ColumnElement[bool], ...]:
    if site_id is None:
        return ()
    return (model.plan_id.in_(select(PlanRow.id).where(PlanRow.site_id == site_id)),)


def _has_days_left(now: Utc) -> ColumnElement[bool]:
    """Return the condition that a pass has days left, or its last spent day is not over."""
    uses = select(func.count()).where(PassUse.pass_id == PassRow.id)
    is_in_spent_day = exists().where(PassUse.pass_id == PassRow.id, PassUse.ends_at > now)
    return (PassRow.units > uses.correlate(PassRow).scalar_subquery()) | is_in_spent_day


def _ends_soon(now: Utc, site_id: str | None) -> ColumnElement[bool]:
    """Return the condition that a subscription ends soon and none follows it."""
    last = Utc.of(now + SOON)
    return MemberRow.id.in_(  # by the index of ends: few of a hundred thousand
        select(SubscriptionRow.member_id)
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(
            SubscriptionRow.valid_until > now,
            SubscriptionRow.valid_until <= last,
            SubscriptionRow.valid_from <= now,
            ~follow_on_condition(last),
            *_of_site(SubscriptionRow, site_id),
        )
    )

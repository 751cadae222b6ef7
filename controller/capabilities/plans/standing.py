"""How members stand with the place, as a list of them can be narrowed."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, not_, or_, select
from sqlalchemy.orm import aliased

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import PassRow, SubscriptionRow
from controller.domain.facts import CredentialStatus, MemberStatus
from controller.domain.time import Utc

SOON = timedelta(days=30)


class Standing(StrEnum):
    """What one looks for in a list of members."""

    COVERED = "covered"
    """Active, with a subscription or a pass that holds now."""
    ENDING = "ending"
    """What holds now ends within 30 days, and nothing follows it."""
    UNCOVERED = "uncovered"
    """Active, and nothing holds now."""
    NO_BADGE = "no-badge"
    """Active, without a badge that works."""
    SUSPENDED = "suspended"
    LEFT = "left"


def read_standing(text: str) -> Standing | None:
    """As an address says it; None for anything else."""
    return Standing(text) if text in list(Standing) else None


def condition(standing: Standing, now: Utc) -> ColumnElement[bool]:
    """Of a row of members."""
    active = MemberRow.status == MemberStatus.ACTIVE
    covered = or_(_holds(SubscriptionRow, now), _holds(PassRow, now))
    match standing:
        case Standing.COVERED:
            return active & covered
        case Standing.ENDING:
            return active & _ends(now)
        case Standing.UNCOVERED:
            return active & not_(covered)
        case Standing.NO_BADGE:
            works = exists().where(
                CredentialRow.member_id == MemberRow.id,
                CredentialRow.status == CredentialStatus.ACTIVE,
            )
            return active & not_(works)
        case Standing.SUSPENDED:
            return MemberRow.status == MemberStatus.SUSPENDED
        case Standing.LEFT:
            return MemberRow.status == MemberStatus.LEFT


def _holds(model: type[SubscriptionRow] | type[PassRow], now: Utc) -> ColumnElement[bool]:
    return exists().where(
        model.member_id == MemberRow.id,
        model.valid_from <= now,
        model.valid_until.is_(None) | (model.valid_until > now),
    )


def _ends(now: Utc) -> ColumnElement[bool]:
    """A subscription holds that ends soon, and none ends later or never."""
    later = aliased(SubscriptionRow)
    last = Utc.of(now + SOON)
    ending = MemberRow.id.in_(  # found by the index of ends: few of a hundred thousand
        select(SubscriptionRow.member_id).where(
            SubscriptionRow.valid_until > now,
            SubscriptionRow.valid_until <= last,
            SubscriptionRow.valid_from <= now,
        )
    )
    following = exists().where(
        later.member_id == MemberRow.id, later.valid_until.is_(None) | (later.valid_until > last)
    )
    return ending & not_(following)

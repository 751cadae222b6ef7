"""Whose last subscription ended so long ago that nothing about them is needed any more."""

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import Maintainer, MemberRow, Supervisor
from controller.capabilities.plans.models import PassRow, PassUse, SubscriptionRow
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow, HeldRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.roles import Role

AT_MOST = 200
"""Of one run."""


def due_members(db: Session, site_id: str, before: Utc, *, only: str | None = None) -> list[str]:
    """Ids of members of a site with no right, use, booking or course since; never of the staff.

    `only`: of this member alone, for a last look.
    """
    reasons_to_stay = (*_rights(before), *_uses(before), *_duties())
    statement = select(MemberRow.id).where(
        MemberRow.site_id == site_id,
        MemberRow.created_at < before,
        *(~each for each in reasons_to_stay),
    )
    if only is not None:
        statement = statement.where(MemberRow.id == only)
    return list(db.scalars(statement.order_by(MemberRow.id).limit(AT_MOST)))


def _rights(before: Utc) -> tuple[ColumnElement[bool], ...]:
    subscribed = or_(SubscriptionRow.valid_until.is_(None), SubscriptionRow.valid_until >= before)
    ends = func.coalesce(PassRow.valid_until, PassRow.valid_from)
    return (
        exists().where(SubscriptionRow.member_id == MemberRow.id, subscribed),
        exists().where(PassRow.member_id == MemberRow.id, ends >= before),
        exists().where(BookingRow.member_id == MemberRow.id, BookingRow.closed_at.is_(None)),
    )


def _uses(before: Utc) -> tuple[ColumnElement[bool], ...]:
    """Somebody may come without a subscription: to courses, or to what asks for none."""
    taught = exists().where(
        EnrolmentRow.member_id == MemberRow.id,
        CourseSessionRow.id == EnrolmentRow.session_id,
        CourseSessionRow.ends_at >= before,
    )
    return (
        exists().where(PassUse.member_id == MemberRow.id, PassUse.ends_at >= before),
        exists().where(SessionRow.member_ref == MemberRow.ref),
        taught,
    )


def _duties() -> tuple[ColumnElement[bool], ...]:
    """Whoever has left has none, whatever they were."""
    here = MemberRow.status != MemberStatus.LEFT
    staff = exists().where(
        AccountRow.member_id == MemberRow.id,
        AccountRow.disabled_at.is_(None),
        AccountRole.account_id == AccountRow.id,
        AccountRole.role != Role.MEMBER,
    )
    return (
        staff,
        exists().where(Maintainer.member_id == MemberRow.id, here),
        exists().where(Supervisor.member_id == MemberRow.id, here),
        exists().where(HeldRow.member_id == MemberRow.id, HeldRow.level == Level.TRAINER, here),
    )

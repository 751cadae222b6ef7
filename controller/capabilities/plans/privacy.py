"""Rules for the personal data in the tables of plans."""

from sqlalchemy import ColumnElement, exists, func, or_

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.domain.time import Utc
from controller.kernel.privacy import ErasureKind, PersonalDataRule, Purpose, RetentionKind


def _has_subscription(since: Utc) -> ColumnElement[bool]:
    lasts = or_(SubscriptionRow.valid_until.is_(None), SubscriptionRow.valid_until >= since)
    return exists().where(SubscriptionRow.member_id == MemberRow.id, lasts)


def _has_pass(since: Utc) -> ColumnElement[bool]:
    ends = func.coalesce(PassRow.valid_until, PassRow.valid_from)
    return exists().where(PassRow.member_id == MemberRow.id, ends >= since)


def _has_used_pass(since: Utc) -> ColumnElement[bool]:
    return exists().where(PassUse.member_id == MemberRow.id, PassUse.ends_at >= since)


_OF_MEMBER = (Purpose.RIGHTS, RetentionKind.MEMBER, ErasureKind.DELETE)

PERSONAL_DATA = (
    PersonalDataRule(PlanRow, adds_names_to_export=True),
    PersonalDataRule(SubscriptionRow, *_OF_MEMBER, current=_has_subscription),
    PersonalDataRule(PassRow, *_OF_MEMBER, current=_has_pass),
    PersonalDataRule(PassUse, *_OF_MEMBER, whereabouts=True, current=_has_used_pass),
)

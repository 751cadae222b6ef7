"""Rules for the personal data in the tables of privacy."""

from sqlalchemy import ColumnElement, exists

from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy.models import IncidentRow, MemberDue
from controller.domain.time import Utc
from controller.kernel.privacy import (
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
)


def _brought_back(since: Utc) -> ColumnElement[bool]:
    """Return the condition that somebody kept the member's record instead of erasing it."""
    return exists().where(MemberDue.member_id == MemberRow.id, MemberDue.brought_back_at >= since)


PERSONAL_DATA = (
    PersonalDataRule(
        IncidentRow,
        Purpose.ACCESS,
        RetentionKind.REASON,
        is_proof=True,
        retention=Retention("incidents", deletion_step(IncidentRow.asked_at)),
    ),
    PersonalDataRule(
        MemberDue, Purpose.RIGHTS, RetentionKind.MEMBER, ErasureKind.DELETE, current=_brought_back
    ),
)

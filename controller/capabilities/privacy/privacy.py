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
        text="reason",
        is_proof=True,
        actor="asked_by confirmed_by refused_by",
        plain="id site_id access_point_id since until asked_at confirmed_at expires_at refused_at",
        retention=Retention("incidents", deletion_step(IncidentRow.asked_at)),
    ),
    PersonalDataRule(
        MemberDue,
        Purpose.RIGHTS,
        RetentionKind.MEMBER,
        ErasureKind.DELETE,
        member="member_id",
        about="due_since brought_back_at",
        actor="brought_back_by",
        plain="site_id",
        current=_brought_back,
    ),
)

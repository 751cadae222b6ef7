"""What the table of lending holds of people: who had which tool."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
)
from tests.support.lending.models import LoanRow


def _has(_since: Utc) -> ColumnElement[bool]:
    return exists().where(LoanRow.member_id == MemberRow.id, LoanRow.back_at.is_(None))


def _hinders(db: Session, erasing: ErasureInProgress) -> str | None:
    is_theirs = LoanRow.member_id == erasing.person.id
    out = select(LoanRow.id).where(is_theirs, LoanRow.back_at.is_(None))
    return "this person has a tool: take it back first" if db.scalar(out.limit(1)) else None


PERSONAL_DATA = (
    PersonalDataRule(
        LoanRow,
        Purpose.RIGHTS,
        RetentionKind.ACCESS,
        ErasureKind.DELETE,
        current=_has,
        erasure_blocker=_hinders,
        retention=Retention("loans", deletion_step(LoanRow.back_at)),
    ),
)

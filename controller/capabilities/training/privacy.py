"""Personal-data rules for the tables of training: enrolments and certifications."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training.attendance import has_taken_part
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionPast,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldHistory,
    HeldRow,
    Outcome,
)
from controller.capabilities.training.waiting_list import move_up
from controller.domain.facts import Level, MemberStatus
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.privacy import ErasureKind, PersonalDataRule, Purpose, RetentionKind
from controller.kernel.rows import ensure


def _took_part_since(since: Utc) -> ColumnElement[bool]:
    """Condition that a member took part in a session after `since`.

    Such a member counts as current even without a subscription.
    """
    return exists().where(
        EnrolmentRow.member_id == MemberRow.id,
        CourseSessionRow.id == EnrolmentRow.session_id,
        CourseSessionRow.ends_at >= since,
    )


def _is_trainer(_since: Utc) -> ColumnElement[bool]:
    """Condition that a member is a trainer and has not left; trainers count as current."""
    has_not_left = MemberRow.status != MemberStatus.LEFT
    is_trainer = HeldRow.level == Level.TRAINER
    return exists().where(HeldRow.member_id == MemberRow.id, is_trainer, has_not_left)


def _remove(db: Session, row: EnrolmentRow) -> None:
    """Remove an enrolment: past ones stay in the totals, future seats go to the waiting list."""
    session = db.get_one(CourseSessionRow, row.session_id, with_for_update={"key_share": True})
    if not session.is_open and row.status is EnrolmentStatus.ENROLLED:
        _count(db, row)
    db.delete(row)
    db.flush()
    if session.is_open:
        move_up(db, session, db.info["hooks"].clock())


def _count(db: Session, row: EnrolmentRow) -> None:
    """Add the enrolment to the session's anonymous totals."""
    new = CourseSessionPast(
        session_id=row.session_id, enrolled=0, attended=0, passed=0, certified=0
    )
    is_session = CourseSessionPast.session_id == row.session_id
    past = ensure(db, select(CourseSessionPast).where(is_session), new)
    past.enrolled += 1
    past.attended += has_taken_part(row)
    past.passed += row.outcome is Outcome.PASSED
    past.certified += row.certified_at is not None


PERSONAL_DATA = (
    PersonalDataRule(CertificationRow, adds_names_to_export=True),
    PersonalDataRule(CourseRow, adds_names_to_export=True),
    PersonalDataRule(CourseSessionRow, Purpose.TRAINING, RetentionKind.PLACE, ErasureKind.EMPTY),
    PersonalDataRule(CourseSessionPast, Purpose.TRAINING),
    PersonalDataRule(
        EnrolmentRow,
        Purpose.TRAINING,
        RetentionKind.MEMBER,
        ErasureKind.COUNT,
        current=_took_part_since,
        remove=_remove,
    ),
    PersonalDataRule(
        HeldRow, Purpose.TRAINING, RetentionKind.MEMBER, ErasureKind.DELETE, current=_is_trainer
    ),
    PersonalDataRule(
        HeldHistory,
        Purpose.TRAINING,
        RetentionKind.INSTALLATION,
        ErasureKind.REASON,
        is_proof=True,
        retained_note=N_(
            "History of certifications, under a reference that no longer identifies anybody: "
            "proof of training after an accident"
        ),
    ),
)

"""Remove, empty or count the rows that lead to a person, as decided for each table."""

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import CommandRow
from controller.capabilities.privacy.erasure.person import Person
from controller.capabilities.privacy.retention.rest import GONE
from controller.capabilities.training.models import (
    CourseSessionPast,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldHistory,
    Outcome,
)
from controller.capabilities.training.waiting_list import move_up
from controller.kernel.models import IdempotencyKey
from controller.kernel.privacy import Data, Decided, Erased, decided
from controller.kernel.rows import ensure


def remove(db: Session, person: Person) -> dict[str, int]:
    """Do it table by table, those that refer to others first; returns how many rows of each."""
    counts: dict[str, int] = {}
    for each in reversed(list(decided())):
        where = person.rows(each)
        if where is None or each.decision.erased is Erased.NOTHING or each.model is HeldHistory:
            continue
        rows = db.scalars(select(each.model).where(or_(*where))).all()
        for row in rows:
            if each.decision.erased is Erased.EMPTY:
                _empty(row, each, person)
            else:
                _delete(db, row)
        db.flush()
        if rows:
            counts[each.table.name] = len(rows)
    return counts


def drop_answers(db: Session) -> None:
    """No answer of the last day can be told to be about somebody else: they are sealed.

    A retry is refused rather than done twice. Badge numbers read by a reader go as well.
    """
    db.execute(update(IdempotencyKey).values(body="", headers={}))
    read = CommandRow.type == "read_credential"
    db.execute(update(CommandRow).where(read).values(data=None, reason=GONE))


def _empty(row: object, each: Decided, person: Person) -> None:
    """The row leads nowhere any more, and what the person wrote in it goes."""
    theirs = {person.id, person.ref}
    for name in each.decision.of(Data.MEMBER, Data.REF):
        if getattr(row, name) in theirs:
            setattr(row, name, None)
    for name in each.decision.of(Data.WORDS):
        setattr(row, name, None)


def _delete(db: Session, row: object) -> None:
    session = None
    if isinstance(row, EnrolmentRow):
        session = db.get_one(CourseSessionRow, row.session_id, with_for_update={"key_share": True})
        if not session.is_open and row.status is EnrolmentStatus.ENROLLED:
            _count(db, row)
    db.delete(row)
    db.flush()
    if session is not None and session.is_open:
        move_up(db, session)


def _count(db: Session, row: EnrolmentRow) -> None:
    """So that the session's totals stay what they were."""
    new = CourseSessionPast(
        session_id=row.session_id, enrolled=0, attended=0, passed=0, certified=0
    )
    this = CourseSessionPast.session_id == row.session_id
    past = ensure(db, select(CourseSessionPast).where(this), new)
    past.enrolled += 1
    past.attended += row.attended_at is not None
    past.passed += row.outcome is Outcome.PASSED
    past.certified += row.certified_at is not None

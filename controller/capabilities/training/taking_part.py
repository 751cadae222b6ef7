"""Who took part in a session: one rule for statistics, pages and erasure."""

from sqlalchemy import ColumnElement, and_, or_

from controller.capabilities.training.models import EnrolmentRow, EnrolmentStatus, Outcome

_CAME = frozenset({Outcome.PASSED, Outcome.TO_REVIEW})


def took_part() -> ColumnElement[bool]:
    """Of an enrolment: how it went says so, else that they were noted as there."""
    noted = and_(EnrolmentRow.outcome.is_(None), EnrolmentRow.attended_at.is_not(None))
    came = or_(EnrolmentRow.outcome.in_(_CAME), noted)
    return and_(EnrolmentRow.status == EnrolmentStatus.ENROLLED, came)


def has_taken_part(row: EnrolmentRow) -> bool:
    """Whether this enrolment counts as taking part."""
    if row.status is not EnrolmentStatus.ENROLLED:
        return False
    return row.attended_at is not None if row.outcome is None else row.outcome in _CAME

"""Personal-data rules of groups: a group's typed name, and who supervised."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow, WindowRow
from controller.domain.locale.catalogue import N_
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    RetentionScope,
    emptying_step,
)
from controller.kernel.projections import EventsForgotten
from controller.policy.invalidation import INVALIDATED_BY_HAND

_UNNAMED = {"name": "—", "supervisors": None}
"""Values after retention: a typed name may be a teacher's. The number of people stays."""


def _forget_past_supervisors(db: Session, scope: RetentionScope) -> int:
    """Remove the supervisor from past windows that were opened at the desk and so have no event."""
    is_past = func.coalesce(WindowRow.closed_at, WindowRow.until) < scope.before
    with_supervisor = (
        WindowRow.site_id == scope.site_id,
        WindowRow.supervisor.is_not(None),
        is_past,
    )
    rows = db.scalars(select(WindowRow).where(*with_supervisor)).all()
    for row in rows:
        row.supervisor = None
    return len(rows)


def forget_supervisors(db: Session, change: EventsForgotten) -> None:
    """Remove the supervisor from windows whose events have been removed."""
    for row in db.scalars(select(WindowRow).where(WindowRow.id.in_(change.ids("window_id")))):
        if change.erased is None or row.supervisor in change.erased:
            row.supervisor = None


def _supervision_obstacle(db: Session, erasing: ErasureInProgress) -> str | None:
    open_ = (WindowRow.supervisor == erasing.person.ref, WindowRow.closed_at.is_(None))
    if db.scalar(select(WindowRow.id).where(*open_, WindowRow.until > erasing.now).limit(1)):
        return N_("This person is supervising others: end the supervision first.")
    return None


PERSONAL_DATA = (
    PersonalDataRule(
        GroupRow,
        Purpose.RIGHTS,
        RetentionKind.ACCESS,
        retention=Retention(
            "groups", emptying_step(GroupRow.ended_at, _UNNAMED, INVALIDATED_BY_HAND)
        ),
    ),
    PersonalDataRule(
        WindowRow,
        Purpose.ACCESS,
        RetentionKind.ACCESS,
        ErasureKind.EMPTY,
        retention=Retention("windows", _forget_past_supervisors),
        erasure_blocker=_supervision_obstacle,
    ),
)

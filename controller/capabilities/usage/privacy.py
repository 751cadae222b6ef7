"""Personal-data rules for the tables of usage: who used which machine."""

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    RetentionKind,
)
from controller.kernel.projections import EventsForgotten


def forget_members(db: Session, change: EventsForgotten) -> None:
    """Remove the member from sessions whose events were deleted.

    An event may name several people, such as a supervisor or somebody who ended the session; a
    session of another member stays theirs.
    """
    sessions_of_events = update(SessionRow).where(SessionRow.id.in_(change.ids("session_id")))
    if change.erased is not None:
        sessions_of_events = sessions_of_events.where(SessionRow.member_ref.in_(change.erased))
    db.execute(sessions_of_events.values(member_ref=None))


def _has_used_machines(_since: Utc) -> ColumnElement[bool]:
    """Condition that a member has used a machine, and so counts as current without a
    subscription."""
    return exists().where(SessionRow.member_ref == MemberRow.ref)


def _erasure_hindrance(db: Session, erasing: ErasureInProgress) -> str | None:
    """Return why the member can't be erased while they use a machine; None if they use none."""
    using = (
        select(SessionRow.id)
        .join(PointStateRow, PointStateRow.session_id == SessionRow.id)
        .where(SessionRow.member_ref == erasing.person.ref, SessionRow.ended_at.is_(None))
    )
    used = db.scalar(using.limit(1))
    return N_("This person is using a machine: end the session first.") if used else None


PERSONAL_DATA = (
    PersonalDataRule(
        SessionRow,
        Purpose.ACCESS,
        RetentionKind.ACCESS,
        ErasureKind.EMPTY,
        ref="member_ref",
        actor="booked_by",
        plain="id site_id agent_id access_point_id started_at state state_at state_order ended_at"
        " active_s idle_s powered_s gap_s material_mg cause organisation_id project_id"
        " course_session_id row_version public skewed cut_by_own given_up_at",
        current=_has_used_machines,
        erasure_blocker=_erasure_hindrance,
    ),
    PersonalDataRule(
        UsageDay,
        plain="site_id day access_point_id organisation_id project_id public sessions active_ms"
        " idle_ms powered_ms material_mg",
    ),
)

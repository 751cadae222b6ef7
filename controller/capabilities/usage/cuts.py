"""Whose power the place cuts is not charged for it; who cuts their own is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.changes import CommandSent
from controller.capabilities.members import memberships
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.usage.models import SessionRow
from controller.wire.commands import CutPower, command_type

_CUT = command_type(CutPower())


def mark_own(db: Session, sent: CommandSent) -> None:
    """Somebody cuts a machine: note whether they use it, or belong to who pays for its use."""
    own = sent.actor.member_id
    if sent.command.type != _CUT or own is None:
        return
    ref = db.get_one(MemberRow, own).ref
    open_there = select(SessionRow).where(
        SessionRow.access_point_id == sent.command.access_point_id, SessionRow.ended_at.is_(None)
    )
    for row in db.scalars(open_there.with_for_update()):
        row.cut_by_own = row.member_ref == ref or _pays(db, row, own)


def _pays(db: Session, row: SessionRow, member_id: str) -> bool:
    """The organisation pays, and without one the project."""
    project = None if row.organisation_id else row.project_id
    payer = OnBehalf(organisation_id=row.organisation_id, project_id=project)
    return payer != OnBehalf() and memberships.is_member(db, member_id, payer)

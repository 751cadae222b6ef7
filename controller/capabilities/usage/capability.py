"""The usage feature's capability: what it declares to the other features."""

from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import linked_record
from controller.capabilities.machines.changes import CommandSent
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members import memberships
from controller.capabilities.members.changes import MemberMerged, MergeRefused, NotMerged
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.places.changes import CalendarChanged
from controller.capabilities.usage import models as models
from controller.capabilities.usage import totals
from controller.capabilities.usage.activity import RECENT
from controller.capabilities.usage.missing_ends import JOBS
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.privacy import PERSONAL_DATA, forget_members
from controller.capabilities.usage.projection import PROJECTION
from controller.kernel.actor import Actor
from controller.kernel.capability import Capability, Reaction
from controller.kernel.projections import EventsForgotten
from controller.wire.commands import CutPower, command_type

# If staff cut the power, the user is not charged for it; those who cut the power of their own use
# are.

_CUT = command_type(CutPower())


def note_own_cut(db: Session, sent: CommandSent) -> None:
    """When somebody cuts a machine's power, note if they use it or belong to the payer of its
    use."""
    if sent.command.type != _CUT or sent.actor.account_id is None:
        return
    open_there = select(SessionRow).where(
        SessionRow.access_point_id == sent.command.access_point_id, SessionRow.ended_at.is_(None)
    )
    for row in db.scalars(open_there.with_for_update()):
        row.cut_by_own = _is_own(db, row, sent.actor, sent.actor.account_id)


def _is_own(db: Session, row: SessionRow, actor: Actor, account_id: str) -> bool:
    """Also of a record that the account made, and that nobody else knows: a second one of theirs
    (decision 0287)."""
    user = db.scalar(select(MemberRow.id).where(MemberRow.ref == row.member_ref))
    if user is not None and user in actor.own_members:
        return True
    if actor.member_id is not None and _pays(db, row, actor.member_id):
        return True
    return user is not None and linked_record.is_its_alone(db, account_id, user)


def _pays(db: Session, row: SessionRow, member_id: str) -> bool:
    """Return whether the member belongs to the organisation that pays, or else to the project."""
    project = None if row.organisation_id else row.project_id
    payer = OnBehalf(organisation_id=row.organisation_id, project_id=project)
    return payer != OnBehalf() and memberships.is_member(db, member_id, payer)


# When two records of one person are merged, their machine sessions are merged as well.


def move_sessions(db: Session, merged: MemberMerged) -> None:
    """Assign the machine sessions of the removed record to the kept one.

    Raises MergeRefused while the removed member uses a machine, since its agent still knows that
    reference.
    """
    theirs = SessionRow.member_ref == merged.gone.ref
    running = select(SessionRow.id).join(PointStateRow, PointStateRow.session_id == SessionRow.id)
    if db.scalar(running.where(theirs, SessionRow.ended_at.is_(None)).limit(1)) is not None:
        raise MergeRefused(NotMerged.MACHINE)
    db.execute(update(SessionRow).where(theirs).values(member_ref=merged.kept.ref))


USAGE = Capability(
    name="usage",
    projections=(PROJECTION,),
    personal_data=PERSONAL_DATA,
    jobs=JOBS,
    activity=RECENT,
    reacts=(
        Reaction(EventsForgotten, forget_members),
        Reaction(CommandSent, note_own_cut),
        Reaction(MemberMerged, move_sessions),
        Reaction(CalendarChanged, lambda db, change: totals.recount(db, change.site_id)),
    ),
    news=(SessionNews,),
    locale=Path(__file__).with_name("locale"),
)

"""Declares the feature *usage*."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.machines.changes import CommandSent
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members.changes import MemberMerged, MergeObstacle, MergeRefused
from controller.capabilities.places.changes import CalendarChanged
from controller.capabilities.usage import cuts_by_user, totals
from controller.capabilities.usage import models as models
from controller.capabilities.usage.activity import RECENT
from controller.capabilities.usage.missing_ends import JOBS
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.privacy import PERSONAL_DATA, forget_members
from controller.capabilities.usage.projection import PROJECTION
from controller.kernel.capability import Capability, Reaction
from controller.kernel.projections import EventsForgotten

# When two records of one person are merged, so are their machine sessions.


def move_sessions(db: Session, merged: MemberMerged) -> None:
    """Assign the machine sessions of the removed record to the kept one.

    Raises MergeRefused while the removed member uses a machine, since its agent still knows that
    reference.
    """
    of_removed = SessionRow.member_ref == merged.gone.ref
    running = select(SessionRow.id).join(PointStateRow, PointStateRow.session_id == SessionRow.id)
    if db.scalar(running.where(of_removed, SessionRow.ended_at.is_(None)).limit(1)) is not None:
        raise MergeRefused(MergeObstacle.MACHINE)
    db.execute(update(SessionRow).where(of_removed).values(member_ref=merged.kept.ref))


USAGE = Capability(
    name="usage",
    projections=(PROJECTION,),
    personal_data=PERSONAL_DATA,
    jobs=JOBS,
    activity=RECENT,
    reacts=(
        Reaction(EventsForgotten, forget_members),
        Reaction(CommandSent, cuts_by_user.record_cut),
        Reaction(MemberMerged, move_sessions),
        Reaction(CalendarChanged, lambda db, change: totals.recount(db, change.site_id)),
    ),
    news=(SessionNews,),
)

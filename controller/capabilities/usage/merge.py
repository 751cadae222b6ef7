"""Two records of one person merged: their machine sessions."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members.changes import MemberMerged, MergeRefused, NotMerged
from controller.capabilities.usage.models import SessionRow


def move(db: Session, merged: MemberMerged) -> None:
    """Raises MergeRefused while the one that goes uses a machine, whose agent calls them so."""
    theirs = SessionRow.member_ref == merged.gone.ref
    running = select(SessionRow.id).join(PointStateRow, PointStateRow.session_id == SessionRow.id)
    if db.scalar(running.where(theirs, SessionRow.ended_at.is_(None)).limit(1)) is not None:
        raise MergeRefused(NotMerged.MACHINE)
    db.execute(update(SessionRow).where(theirs).values(member_ref=merged.kept.ref))

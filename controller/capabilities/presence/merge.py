"""Two records of one person merged: where they are."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberMerged, MergeRefused, NotMerged
from controller.capabilities.presence import endings
from controller.capabilities.presence.models import PresenceRow, RollLine
from controller.capabilities.presence.news import PresenceNews
from controller.kernel.outbox import tell


def move(db: Session, merged: MemberMerged) -> None:
    """The newer move counts. Raises MergeRefused while one of them stands on a roll."""
    refs = (merged.kept.ref, merged.gone.ref)
    if db.scalar(select(RollLine.id).where(RollLine.member_ref.in_(refs)).limit(1)) is not None:
        raise MergeRefused(NotMerged.EVACUATION)
    rows = list(db.scalars(select(PresenceRow).where(PresenceRow.member_ref.in_(refs))))
    newest = max(rows, key=lambda row: row.moved_at, default=None)
    for row in rows:
        tell(db, PresenceNews(site=row.site_id))
        if row is not newest:
            db.delete(row)
    db.flush()
    if newest is not None:
        newest.member_ref = merged.kept.ref
    endings.move_visits(db, merged.gone.ref, merged.kept.ref)
    db.flush()

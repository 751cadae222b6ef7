"""Two records of one person merged: the times in which they were answerable for others."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import WindowRow
from controller.capabilities.members.changes import MemberMerged, MergeRefused, NotMerged


def move(db: Session, merged: MemberMerged) -> None:
    """Raises MergeRefused while one goes on: its agent waits for the badge of the one that goes."""
    rows = list(db.scalars(select(WindowRow).where(WindowRow.supervisor == merged.gone.ref)))
    if any(row.opened_at is not None and row.closed_at is None for row in rows):
        raise MergeRefused(NotMerged.WINDOW)
    for row in rows:
        row.supervisor = merged.kept.ref
    db.flush()

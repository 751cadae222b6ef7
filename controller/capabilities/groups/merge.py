"""Two records of one person merged: not while one that goes is answerable for others."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import WindowRow
from controller.capabilities.members.changes import MemberMerged, MergeRefused, NotMerged


def hinder(db: Session, merged: MemberMerged) -> None:
    """Raises MergeRefused while a window is open: its agent waits for the badge of its opener."""
    open_ = (WindowRow.supervisor == merged.gone.ref, WindowRow.closed_at.is_(None))
    if db.scalar(select(WindowRow.id).where(*open_).limit(1)) is not None:
        raise MergeRefused(NotMerged.WINDOW)

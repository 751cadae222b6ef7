"""Two records of one person merged: one visitor a month, and one that said something."""

from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.statistics import traits, visitors


def move(db: Session, merged: MemberMerged) -> None:
    """Merge traits first, while the visits of both records are still separate."""
    traits.merge(db, merged)
    visitors.merge(db, merged)

"""Who came in has used the place, by a badge or by an entry at the desk."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.plans.changes import UseQuestion, WasUsed
from controller.capabilities.presence.models import PresenceRow


def answer(db: Session, asked: UseQuestion) -> None:
    """Raises WasUsed for who came in or went out since then."""
    theirs = select(PresenceRow.id).where(
        PresenceRow.member_ref == asked.member_ref,
        PresenceRow.site_id == asked.site_id,
        PresenceRow.moved_at >= asked.since,
    )
    if db.scalar(theirs) is not None:
        raise WasUsed

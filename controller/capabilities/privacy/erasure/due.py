"""Whose last subscription ended so long ago that nothing about them is needed any more."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.privacy import keeps_of

AT_MOST = 200
"""Of one run."""


def due_members(db: Session, site_id: str, before: Utc, *, only: str | None = None) -> list[str]:
    """Ids of members of a site with no right, use, booking or course since; never of the staff.

    `only`: of this member alone, for a last look.
    """
    current = [each.current(before) for each in keeps_of(db) if each.current is not None]
    statement = select(MemberRow.id).where(
        MemberRow.site_id == site_id, MemberRow.created_at < before, *(~each for each in current)
    )
    if only is not None:
        statement = statement.where(MemberRow.id == only)
    return list(db.scalars(statement.order_by(MemberRow.id).limit(AT_MOST)))

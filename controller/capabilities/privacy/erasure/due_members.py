"""Members who are due for erasure: their last subscription ended long enough ago."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.privacy import rules_of


def due_members(db: Session, site_id: str, before: Utc, *, only: str | None = None) -> list[str]:
    """Ids of members of a site with no right, use, booking or course since; never of the staff.

    `only`: of this member alone, for a last look.
    """
    statement = members_before(db, site_id, before)
    if only is not None:
        statement = statement.where(MemberRow.id == only)
    return list(db.scalars(statement.order_by(MemberRow.id)))


def members_before(db: Session, site_id: str, before: Utc) -> Select[str]:
    """A statement for the ids of those members."""
    current = [rule.current(before) for rule in rules_of(db) if rule.current is not None]
    return select(MemberRow.id).where(
        MemberRow.site_id == site_id,
        MemberRow.created_at < before,
        *(~condition for condition in current),
    )

"""Checks whether a member named in an event can have used a badge at its access point."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.domain.access.supervision import is_credible
from controller.domain.facts import AccessPoint, Holder, RecentTap
from controller.domain.time import Utc
from controller.kernel.errors import Forbidden
from controller.policy import facts_of


def holder_at(
    db: Session, ref: str, site_id: str, point: AccessPoint, at: Utc
) -> tuple[MemberRow, Holder]:
    """Return the member with this reference, and one of their badges that works at the access
    point.

    An agent's report alone is not enough (decision 0200). Raises Forbidden without any name, since
    alarms are stored for longer than what people did.
    """
    row = db.scalar(select(MemberRow).where(MemberRow.ref == ref))
    badges = facts_of.badges_at(db, row.id, site_id, at) if row is not None else []
    for badge in badges:
        tap = RecentTap(holder=badge, assurance=badge.assurance, age_s=0.0)
        if row is not None and is_credible(tap, point, at):
            return row, badge
    raise Forbidden(f"a member in the event has no badge that works at {point.id}")

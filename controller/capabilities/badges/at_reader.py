"""Checks whether a member named in an event can have used a badge at its access point."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.past_holders import has_ended_between, known_before
from controller.capabilities.members.models import MemberRow
from controller.domain.access.supervision import is_credible
from controller.domain.facts import AccessPoint, Holder, RecentTap
from controller.domain.time import MAX_CLOCK_LAG, Utc
from controller.kernel.errors import Forbidden
from controller.kernel.projections import StoredEvent
from controller.policy import facts_of


def holder_at(
    db: Session, ref: str, point: AccessPoint, event: StoredEvent
) -> tuple[MemberRow, Holder]:
    """Return the member with this reference, and one of their badges that works at the access
    point.

    An agent's report alone is not enough (decision 0200). The event doesn't say which badge was
    used: it is refused if any badge of the member has ended since the agent last certainly knew
    which ones work (`known_before`), since it may have been that one. The text of Forbidden has no
    name, since it is stored with alarms, for longer than what people did.
    """
    at = event.best_time
    row = db.scalar(select(MemberRow).where(MemberRow.ref == ref))
    badges = facts_of.badges_at(db, row.id, event.site, at) if row is not None else []
    for badge in badges:
        tap = RecentTap(holder=badge, assurance=badge.assurance, age_s=0.0)
        if row is not None and is_credible(tap, point, at):
            _check_no_end(db, row, event)
            return row, badge
    raise Forbidden(f"a member in the event has no badge that works at {point.id}")


def _check_no_end(db: Session, member: MemberRow, event: StoredEvent) -> None:
    """Raise Forbidden if the event may be about a badge whose end its agent did not know."""
    at_latest = Utc.of(event.best_time + MAX_CLOCK_LAG)
    if has_ended_between(db, member.id, known_before(db, event), at_latest):
        raise Forbidden("a member in the event had a badge that ended while the box was cut off")

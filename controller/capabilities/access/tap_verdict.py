"""Decides on a badge in the controller, for access points whose own box can't."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.domain.access.counts import with_presence
from controller.domain.access.decide import decide, review
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.facts import AccessPoint, Assurance, Context, Holder, Site
from controller.domain.ids import HolderKey, MemberRef
from controller.domain.time import Utc
from controller.policy import facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TapVerdict:
    """The holder of a badge, if known, and the decision."""

    holder: Holder | None
    point: AccessPoint
    decision: Decision
    revoked: DenyReason | None
    """Why the current user has to stop; None if they may go on."""

    @property
    def member(self) -> MemberRef | None:
        """Return the holder, or None for an unknown badge."""
        return self.holder.member if self.holder else None


def judge_tap(
    db: Session,
    key: HolderKey,
    access_point: str,
    *,
    site_id: str,
    now: Utc,
    held_by: MemberRef | None = None,
) -> TapVerdict:
    """Decide on a badge by its number alone, without proof that it is genuine. Raises NotFound."""
    point = facts_of.point(db, site_id, access_point, now)
    site = facts_of.site(db, site_id, now)
    member = db.scalar(select(CredentialRow.member_id).where(CredentialRow.holder_key == key))
    holder = facts_of.badge_holder(db, member, key, site_id, now) if member else None
    context = _context(db, point, site, held_by, now)
    return TapVerdict(
        holder=holder,
        point=point,
        decision=decide(holder, point, site, now, context),
        revoked=review(holder, point, site, now, context),
    )


def _context(
    db: Session, point: AccessPoint, site: Site, held_by: MemberRef | None, now: Utc
) -> Context:
    bookings = facts_of.bookings(db, site.id, now)
    context = Context(
        assurance=Assurance.UID,
        clock_trusted=True,
        policy_age_s=0.0,
        held_by=held_by,
        windows=facts_of.windows(db, site.id, now),
        bookings=tuple(booking for booking in bookings if booking.access_point == point.id),
    )
    return with_presence(context, point, site)

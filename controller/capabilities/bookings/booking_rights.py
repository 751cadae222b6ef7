"""Whether somebody may book: what `decide()` would say of their rights at that time."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import BookingWarning
from controller.domain.access.decide import decide
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import AccessPoint, Assurance, Context
from controller.domain.time import Utc
from controller.domain.words.decision import explain
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Denied
from controller.kernel.words import in_every_language
from controller.policy import facts_of

RIGHTS = frozenset(
    {
        DenyReason.MEMBER_SUSPENDED,
        DenyReason.SUBSCRIPTION_MISSING,
        DenyReason.SUBSCRIPTION_EXPIRED,
        DenyReason.OUTSIDE_PLAN_HOURS,
        DenyReason.SITE_CLOSED,
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_EXPIRED,
        DenyReason.CERTIFICATION_SUSPENDED,
        DenyReason.DOCUMENT_MISSING,
    }
)
"""What is known beforehand. Who will be there, which badge is tapped, what breaks down is not."""


def check_rights(db: Session, row: BookingRow, *, actor: Actor, now: Utc) -> BookingWarning | None:
    """Raise Denied, with the reason, unless the member will have the right, at both ends.

    Who books for somebody else at the desk is only told: the course may be on the day before, and
    the rule is asked again at the tap. Nobody books for themselves what they may not use.
    """
    last = Utc.of(row.ends_at - timedelta(milliseconds=1))
    found = (_denied_at(db, row, at) for at in (max(row.starts_at, now), last))
    denied = next((each for each in found if each is not None), None)
    if denied is None:
        return None
    if actor.member_id == row.member_id or not actor.may(Permission.MEMBERS_WRITE, row.site_id):
        raise denied
    return BookingWarning(reason=denied.reason, text=denied.text)


def _denied_at(db: Session, row: BookingRow, at: Utc) -> Denied | None:
    site = facts_of.site(db, row.site_id, at)
    point = _point(db, row, at)
    holder = facts_of.rights_of(db, row.member_id, row.site_id, at)
    context = Context(assurance=Assurance.AES, clock_trusted=True, policy_age_s=0.0)
    decision = decide(holder, point, site, at, context)
    if decision.reason is None or decision.reason not in RIGHTS:
        return None
    text = in_every_language(db, lambda words: str(explain(decision, point, site, words)))
    return Denied(decision.reason, text)


def _point(db: Session, row: BookingRow, at: Utc) -> AccessPoint:
    """What is booked, as if nothing were wrong with it."""
    if row.access_point_id is None:
        return facts_of.entrance(row.zone_id or "")
    point = facts_of.point(db, row.site_id, row.access_point_id, at)
    return replace(point, in_service=True, commissioned=True, needs=())

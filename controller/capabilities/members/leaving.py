"""What ends, in one action, when a member leaves: all that opens, is booked, or is held."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.accounts import close
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.bookings import bookings
from controller.capabilities.groups import windows
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import memberships
from controller.capabilities.plans import passes
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.training import enrolments
from controller.domain.facts import CredentialStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor


def leave(db: Session, member: MemberRow, *, actor: Actor, now: Utc) -> None:
    """End them all. Raises Conflict for the last admin of a site."""
    account = db.scalars(select(AccountRow).where(AccountRow.member_id == member.id)).one_or_none()
    if account is not None:
        close(db, account, actor=actor, now=now)
    for badge in db.scalars(select(CredentialRow).where(CredentialRow.member_id == member.id)):
        if badge.status is CredentialStatus.ACTIVE:
            badge.status = CredentialStatus.SUSPENDED
    bookings.cancel_all(db, member.id, now)
    passes.end_all(db, member.id, now)
    enrolments.withdraw_all(db, member.id, actor=actor, now=now)
    memberships.end_all(db, member, now)
    windows.end_hers(db, member, now)
    lasting = select(SubscriptionRow).where(
        SubscriptionRow.member_id == member.id,
        SubscriptionRow.valid_until.is_(None) | (SubscriptionRow.valid_until > now),
    )
    for subscription in db.scalars(lasting).all():
        if subscription.valid_from < now:
            subscription.valid_until = now
        else:
            db.delete(subscription)
    audit.record(db, actor, now, "member_left", f"member:{member.id}", member.site_id)

"""Protects accounts when the name or contact details of their member change."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import mailed_links
from controller.capabilities.accounts.identity import require_may_grant
from controller.capabilities.accounts.mailed_messages import ContactChangedMessage
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.members.changes import ContactChanged
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import write
from controller.domain.time import Utc
from controller.wire.ids import uuid7


def check_contact_change(db: Session, changed: ContactChanged) -> None:
    """Raise NeedsAdmin for a member of staff whose roles the actor may not grant.

    Members may always change their own contact details, but not their own name, since the audit
    shows it. A new e-mail address ends the account's open links. A notice goes to the old address,
    also without an account, since messages about badges and codes go to the new one.
    """
    member = changed.member
    row = db.scalars(select(AccountRow).where(AccountRow.member_id == member.id)).one_or_none()
    is_own = row is not None and changed.actor.account_id == row.id
    if row is not None and not (is_own and changed.old_name == member.display_name):
        require_may_grant(db, row, changed.actor)
    if changed.old_email != member.email:
        if row is not None:
            mailed_links.forget(db, row.id)
        notify_old_address(db, row, changed.old_email, member, now=changed.now)


def notify_old_address(
    db: Session, row: AccountRow | None, old: str | None, member: MemberRow, *, now: Utc
) -> None:
    """Send a notice of the change to the member's previous address, if there was one."""
    if old is not None:
        write.to_member_at(
            db,
            member,
            old,
            ContactChangedMessage(),
            site_id=member.site_id,
            key=uuid7(),
            now=now,
            language=(row or member).language,
        )

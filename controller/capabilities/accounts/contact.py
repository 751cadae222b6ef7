"""Name and contact details of a member who has an account: who changes them, and who is told."""

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


def change(db: Session, changed: ContactChanged) -> None:
    """Raise NeedsAdmin for a member of staff whose roles the actor may not grant.

    One's own contact details are one's own; one's name is what the audit shows of one's acts.
    With another address the open links of the account end; the old address is told, also of who
    has no account: letters about badges and codes go to the new one.
    """
    member = changed.member
    row = db.scalars(select(AccountRow).where(AccountRow.member_id == member.id)).one_or_none()
    is_own = row is not None and changed.actor.account_id == row.id
    if row is not None and not (is_own and changed.old_name == member.display_name):
        require_may_grant(db, row, changed.actor)
    if changed.old_email != member.email:
        if row is not None:
            mailed_links.forget(db, row.id)
        tell_old(db, row, changed.old_email, member, now=changed.now)


def tell_old(
    db: Session, row: AccountRow | None, old: str | None, member: MemberRow, *, now: Utc
) -> None:
    """Write to the address that a member had until now, if there was one."""
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

"""Two records of one person merged: the sign-in of the one that goes is the other's."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import contact, mailed_links
from controller.capabilities.accounts.identity import require_may_grant
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.members.changes import (
    MemberMerged,
    MergeRefused,
    NeedsAdmin,
    NotMerged,
)


def move(db: Session, merged: MemberMerged) -> None:
    """Raises MergeRefused when both sign in: only one of a person's accounts can be theirs.

    And for an account with a staff role that the actor may not grant: a merge would move it to
    another record, or another record to it.
    """
    both = AccountRow.member_id.in_((merged.kept.id, merged.gone.id))
    rows = {row.member_id: row for row in db.scalars(select(AccountRow).where(both))}
    for row in rows.values():
        try:
            require_may_grant(db, row, merged.actor)
        except NeedsAdmin as needs:
            raise MergeRefused(NotMerged.STAFF) from needs
        mailed_links.forget(db, row.id)
    theirs, hers = rows.get(merged.gone.id), rows.get(merged.kept.id)
    if theirs is None:
        return
    if hers is not None:
        closed = next((row for row in (theirs, hers) if row.disabled_at is not None), None)
        if closed is None:
            raise MergeRefused(NotMerged.SIGN_INS)
        closed.member_id = None
        db.flush()
    if theirs.member_id is not None:
        theirs.member_id = merged.kept.id
        if merged.gone.email != merged.kept.email:
            contact.tell_old(db, theirs, merged.gone.email, merged.kept, now=merged.now)
    db.flush()

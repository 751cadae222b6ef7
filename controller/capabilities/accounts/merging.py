"""Two records of one person merged: the sign-in of the one that goes is the other's."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.members.changes import MemberMerged, MergeRefused, NotMerged


def move(db: Session, merged: MemberMerged) -> None:
    """Raises MergeRefused when both sign in: only one of a person's accounts can be theirs."""
    both = AccountRow.member_id.in_((merged.kept.id, merged.gone.id))
    rows = {row.member_id: row for row in db.scalars(select(AccountRow).where(both))}
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
    db.flush()

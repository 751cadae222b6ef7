"""Declares the feature *accounts*, and its reactions to new sites and merged members."""

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, contact, mailed_links
from controller.capabilities.accounts.identity import require_may_grant
from controller.capabilities.accounts.mailed_messages import MESSAGES
from controller.capabilities.accounts.models import AccountRole, AccountRow, SecondFactorRule
from controller.capabilities.accounts.names import NAMES
from controller.capabilities.accounts.privacy import PERSONAL_DATA
from controller.capabilities.members.changes import (
    ContactChanged,
    MemberLeft,
    MemberMerged,
    MergeRefused,
    NeedsAdmin,
    NotMerged,
)
from controller.capabilities.places.changes import SiteCreated
from controller.capabilities.places.models import SiteRow
from controller.kernel import audit
from controller.kernel.actor import Role
from controller.kernel.capability import Capability, Reaction

# A new site begins with an admin, and is no weaker than the others.


def begin_site(db: Session, made: SiteCreated) -> None:
    """Make the creator of a new site its admin.

    The site requires a second factor if every other site does.
    """
    account = made.actor.account_id
    if account is None:
        return
    db.add(AccountRole(account_id=account, site_id=made.site_id, role=Role.ADMIN))
    ref, roles = f"account:{account}", [Role.ADMIN.value]
    audit.record(db, made.actor, made.now, "roles_set", ref, made.site_id, roles=roles)
    others = db.scalar(select(func.count()).where(SiteRow.id != made.site_id))
    if db.scalar(select(func.count()).select_from(SecondFactorRule)) == others:
        db.add(SecondFactorRule(site_id=made.site_id, since=made.now))
        subject = f"site:{made.site_id}"
        audit.record(db, made.actor, made.now, "second_factor_required", subject, made.site_id)
    db.flush()


# When two records of one person are merged, the remaining record takes over the account.


def move_account(db: Session, merged: MemberMerged) -> None:
    """Link the account of the record that goes to the one that stays.

    Raises MergeRefused when both records have an account that can sign in, and for an account with
    a staff role that the actor may not grant.
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
            contact.notify_old_address(db, theirs, merged.gone.email, merged.kept, now=merged.now)
    db.flush()


ACCOUNTS = Capability(
    name="accounts",
    personal_data=PERSONAL_DATA,
    messages=MESSAGES,
    locale=Path(__file__).with_name("locale"),
    names=NAMES,
    reacts=(
        Reaction(SiteCreated, begin_site),
        Reaction(ContactChanged, contact.check_contact_change),
        Reaction(MemberLeft, accounts.close_of),
        Reaction(MemberMerged, move_account),
    ),
)

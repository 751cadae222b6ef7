"""Declares the feature *accounts*, and its reactions to new sites and merged members."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, contact, linked_record, mailed_links
from controller.capabilities.accounts.mailed_messages import MESSAGES
from controller.capabilities.accounts.models import AccountRole, SecondFactorRule
from controller.capabilities.accounts.names import NAMES
from controller.capabilities.accounts.privacy import PERSONAL_DATA
from controller.capabilities.members.changes import ContactChanged, MemberLeft, MemberMerged
from controller.capabilities.places.changes import SiteCreated
from controller.capabilities.places.models import SiteRow
from controller.kernel import audit
from controller.kernel.actor import Role
from controller.kernel.capability import Capability, Reaction

# A new site gets an admin, and requires a second factor if the others do.


def begin_site(db: Session, created: SiteCreated) -> None:
    """Make the creator of a new site its admin.

    The site requires a second factor if every other site does.
    """
    account = created.actor.account_id
    if account is None:
        return
    db.add(AccountRole(account_id=account, site_id=created.site_id, role=Role.ADMIN))
    ref, roles = f"account:{account}", [Role.ADMIN.value]
    audit.record(db, created.actor, created.now, "roles_set", ref, created.site_id, roles=roles)
    other_sites = db.scalar(select(func.count()).where(SiteRow.id != created.site_id))
    if db.scalar(select(func.count()).select_from(SecondFactorRule)) == other_sites:
        db.add(SecondFactorRule(site_id=created.site_id))
        subject = f"site:{created.site_id}"
        audit.record(
            db, created.actor, created.now, "second_factor_required", subject, created.site_id
        )
    db.flush()


# When two records of one person are merged, the kept record takes over the account.


def move_account(db: Session, merged: MemberMerged) -> None:
    """Link the account of the removed record to the kept one. Raises MergeRefused."""
    rows = linked_record.accounts_to_merge(db, merged.kept.id, merged.gone.id, merged.actor)
    for row in rows.values():
        mailed_links.forget(db, row.id)
    gone_account, kept_account = rows.get(merged.gone.id), rows.get(merged.kept.id)
    if gone_account is None:
        return
    if kept_account is not None:
        closed = gone_account if gone_account.disabled_at is not None else kept_account
        closed.member_id = None
        db.flush()
    if gone_account.member_id is not None:
        gone_account.member_id = merged.kept.id
        if merged.gone.email != merged.kept.email:
            contact.notify_old_address(
                db, gone_account, merged.gone.email, merged.kept, now=merged.now
            )
    db.flush()


ACCOUNTS = Capability(
    name="accounts",
    personal_data=PERSONAL_DATA,
    messages=MESSAGES,
    names=NAMES,
    reacts=(
        Reaction(SiteCreated, begin_site),
        Reaction(ContactChanged, contact.check_contact_change),
        Reaction(MemberLeft, accounts.close_of),
        Reaction(MemberMerged, move_account),
    ),
)

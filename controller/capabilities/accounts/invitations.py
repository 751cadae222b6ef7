"""Invitations: an account without a password, and a printed code with which to set one."""

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import (
    admin,
    codes,
    mailed_links,
    providers,
    second_factors,
    sign_ins,
    steps,
)
from controller.capabilities.accounts.identity import administers
from controller.capabilities.accounts.models import (
    AccountRole,
    AccountRow,
    CodeKind,
    MailedLinkRow,
    PrintedCodeRow,
    TokenRow,
)
from controller.capabilities.accounts.shapes import NewAccount
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Forbidden, NotFound


def invite(db: Session, new: NewAccount, *, actor: Actor, now: Utc) -> tuple[str, str]:
    """Create an account with these roles; return its id and the code for the invited person.

    Raises Invalid, Forbidden, and Conflict when the login is taken (only admins learn this).
    """
    account = admin.create(db, new, actor=actor, now=now)
    audit.record(db, actor, now, "account_invited", f"account:{account.id}")
    return account.id, codes.issue_password_code(db, account.id, CodeKind.INVITATION, now=now)


def reissue(db: Session, account_id: str, *, actor: Actor, now: Utc) -> str:
    """Make a new code for an invitation; the earlier code and link stop working.

    Raises NotFound, Conflict.
    """
    row = _invited(db, account_id, actor)
    mailed_links.forget(db, row.id)
    audit.record(db, actor, now, "account_invited", f"account:{row.id}")
    return codes.issue_password_code(db, row.id, CodeKind.INVITATION, now=now)


def withdraw(db: Session, account_id: str, *, actor: Actor, now: Utc) -> None:
    """Withdraw the invitation and delete its account. Raises NotFound, Conflict."""
    row = _invited(db, account_id, actor)
    audit.record(db, actor, now, "invitation_withdrawn", f"account:{row.id}")
    for model in (AccountRole, PrintedCodeRow, MailedLinkRow):
        db.execute(delete(model).where(model.account_id == row.id))
    db.delete(row)
    db.flush()


def reset(db: Session, account_id: str, *, actor: Actor, now: Utc) -> str:
    """Make and return a code for somebody who has lost the password or the phone.

    Removes password, one-time codes, passkeys, sessions, linked providers and the confirmed
    address; tokens stay. Raises NotFound, Forbidden, and Conflict for one's own or a disabled
    account.
    """
    admin.get(db, account_id, actor=actor)
    row = db.get_one(AccountRow, account_id)
    if actor.account_id == row.id:
        raise Conflict("use your own recovery codes for your own account")
    if not administers(db, row, actor):
        raise Forbidden("this needs an admin of every site at which the account has a role")
    if row.disabled_at is not None:
        raise Conflict("the account is disabled")
    row.password_hash = row.confirmed_email = None
    second_factors.remove_all(db, row.id)
    steps.forget(db, row.id)
    mailed_links.forget(db, row.id)
    providers.forget(db, row.id)
    sign_ins.sign_out_everywhere(db, row.id)
    audit.record(db, actor, now, "sign_in_reset", f"account:{row.id}")
    return codes.issue_password_code(db, row.id, CodeKind.RESET, now=now)


def _invited(db: Session, account_id: str, actor: Actor) -> AccountRow:
    admin.get(db, account_id, actor=actor)
    row = db.get_one(AccountRow, account_id)
    if not administers(db, row, actor):
        raise NotFound("invitation", account_id)
    is_code = (PrintedCodeRow.account_id == row.id, PrintedCodeRow.kind == CodeKind.INVITATION)
    has_code = db.scalar(select(exists().where(*is_code)))
    has_token = db.scalar(select(exists().where(TokenRow.account_id == row.id)))
    if row.signed_in_at is not None or row.password_hash is not None or not has_code or has_token:
        raise Conflict("this account has signed in already")
    return row

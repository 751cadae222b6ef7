"""Printed codes that create the first account or set a password."""

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, codes, mailed_links
from controller.capabilities.accounts.mailed_messages import (
    PasswordRecoveredMessage,
    RecoveryCodeMadeMessage,
)
from controller.capabilities.accounts.models import (
    AccountRole,
    AccountRow,
    CodeKind,
    PrintedCodeRow,
)
from controller.capabilities.accounts.sign_ins import login_identity
from controller.capabilities.messages import write
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Forbidden
from controller.wire.ids import uuid7


def has_no_account(db: Session) -> bool:
    """Return whether there is no account yet, so that a code from `loquet init` may create one."""
    return not db.scalar(select(exists().where(AccountRow.id.is_not(None))))


def issue_for_first_admin(db: Session, *, now: Utc) -> str | None:
    """Make a code that creates the first account; None if there is an account.

    Earlier codes stop working.
    """
    db.execute(delete(PrintedCodeRow).where(PrintedCodeRow.account_id.is_(None)))
    return codes.new(db, CodeKind.PASSWORD, None, now) if has_no_account(db) else None


def make_first_admin(
    db: Session, code: str, *, login: str, password: str, language: Language, site_id: str, now: Utc
) -> str:
    """Create the first account with its code, as an admin of the site; return the account's id.

    Raises Invalid, and Forbidden for a wrong code or if there is an account.
    """
    if not has_no_account(db) or not codes.spend(db, code, None, now, codes.FOR_PASSWORD):
        raise Forbidden("this code can't create an account; get a new one with loquet init")
    return accounts.create(
        db,
        login=login,
        password=password,
        roles={site_id: frozenset({Role.ADMIN})},
        actor=Actor.system("setup"),
        now=now,
        language=language,
    )


def issue_for_recovery(db: Session, *, actor: Actor, now: Utc) -> str:
    """Make a code with which the actor can set a new password; earlier ones stop working.

    Raises Forbidden unless the actor is an admin who is signed in.
    """
    actor.require_anywhere(Permission.ACCOUNTS_WRITE)
    if actor.account_id is None:
        raise Forbidden("sign in to get a recovery code")
    codes.forget(db, actor.account_id, codes.FOR_PASSWORD)
    audit.record(db, actor, now, "recovery_code_made", f"account:{actor.account_id}")
    _tell_owner(db, db.get_one(AccountRow, actor.account_id), RecoveryCodeMadeMessage, now=now)
    return codes.new(db, CodeKind.PASSWORD, actor.account_id, now)


def recover(db: Session, code: str, *, login: str, password: str, now: Utc) -> None:
    """Set a new password with a code; ends every sign-in of the account.

    Raises Invalid for a bad password, and Forbidden for a wrong login or code, without saying
    which.
    """
    folded = login_identity(login)
    row = None
    if "\0" not in folded:
        is_account = (AccountRow.login == folded, AccountRow.disabled_at.is_(None))
        row = db.scalars(select(AccountRow).where(*is_account)).one_or_none()
    if row is None or not codes.spend(db, code, row.id, now, codes.FOR_PASSWORD):
        raise Forbidden("this code belongs to another account, was used, or has expired")
    actor = Actor(ref=f"account:{row.id}", account_id=row.id)
    audit.record(db, actor, now, "recovery_code_used", f"account:{row.id}")
    accounts.set_password(db, row.id, password, actor=actor, now=now)
    if row.signed_in_at is not None:  # not an invitation
        _tell_owner(db, row, PasswordRecoveredMessage, now=now)


def _tell_owner(
    db: Session,
    row: AccountRow,
    message: type[RecoveryCodeMadeMessage | PasswordRecoveredMessage],
    *,
    now: Utc,
) -> None:
    """Write to the account's own address, if it has one, since its owner may not have done this."""
    roles = select(AccountRole.site_id).where(AccountRole.account_id == row.id)
    site_id = db.scalar(roles.order_by(AccountRole.site_id).limit(1))
    to = mailed_links.address_of(row)
    if to is not None and site_id is not None:
        letter = message(login=row.login)
        key, language = uuid7(), row.language
        write.to_address(db, to, letter, language=language, site_id=site_id, key=key, now=now)


def made_at(db: Session, account_id: str) -> Utc | None:
    """Return when the account's unused recovery code was made; None if there is none."""
    is_of_account = PrintedCodeRow.account_id == account_id
    is_recovery_code = PrintedCodeRow.kind == CodeKind.PASSWORD
    return db.scalar(select(PrintedCodeRow.created_at).where(is_of_account, is_recovery_code))


def admin_has_recovery_code(db: Session, site_id: str) -> bool:
    """Whether an admin of the site has an unused recovery code."""
    admins = (AccountRole.site_id == site_id, AccountRole.role == Role.ADMIN)
    is_recovery_code = PrintedCodeRow.kind == CodeKind.PASSWORD
    has_code = exists().where(
        AccountRole.account_id == PrintedCodeRow.account_id, is_recovery_code, *admins
    )
    return bool(db.scalar(select(has_code)))

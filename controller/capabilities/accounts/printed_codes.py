"""Codes on paper, each used once: for the first account, and for a forgotten password.

Only their hashes are kept; 99 random bits need no slow one.
"""

import hashlib
import secrets

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.logins import login_identity
from controller.capabilities.accounts.models import AccountRole, AccountRow, PrintedCodeRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden
from controller.kernel.roles import Role

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is misread: i, l, o, 0, 1."""
_GROUPS, _EACH = 4, 5
_CODES = PrintedCodeRow.__table__.c


def is_nobody_there(db: Session) -> bool:
    """Whether there is no account at all: then a code from `loquet init` makes the first."""
    return not db.scalar(select(exists().where(AccountRow.id.is_not(None))))


def for_first_admin(db: Session, *, now: Utc) -> str | None:
    """The code that makes the first account, in the place of an earlier one; None: there is one."""
    db.execute(delete(PrintedCodeRow).where(PrintedCodeRow.account_id.is_(None)))
    return _new(db, None, now) if is_nobody_there(db) else None


def make_first_admin(
    db: Session, code: str, *, login: str, password: str, language: Language, site_id: str, now: Utc
) -> str:
    """Spend that code: an account that is admin of the site; its id.

    Raises Forbidden for a wrong code or when there is an account, Invalid.
    """
    if not is_nobody_there(db) or not _spend(db, code, None):
        raise Forbidden("this code makes no account; a new one: loquet init")
    return accounts.create(
        db,
        login=login,
        password=password,
        roles={site_id: frozenset({Role.ADMIN})},
        actor=Actor.system("setup"),
        now=now,
        language=language,
    )


def for_recovery(db: Session, *, actor: Actor, now: Utc) -> str:
    """A code with which the actor sets a new password, in the place of an earlier one.

    Raises Forbidden unless it is an admin who is signed in.
    """
    actor.require_anywhere(Permission.ACCOUNTS_WRITE)
    if actor.account_id is None:
        raise Forbidden("only who is signed in gets a recovery code")
    db.execute(delete(PrintedCodeRow).where(PrintedCodeRow.account_id == actor.account_id))
    audit.record(db, actor, now, "recovery_code_made", f"account:{actor.account_id}")
    return _new(db, actor.account_id, now)


def recover(db: Session, code: str, *, login: str, password: str, now: Utc) -> None:
    """Spend a recovery code for a new password; every sign-in of the account ends.

    Raises Forbidden, whatever is wrong with login and code, and Invalid for a bad password.
    """
    folded = login_identity(login)
    row = None
    if "\0" not in folded:
        works = (AccountRow.login == folded, AccountRow.disabled_at.is_(None))
        row = db.scalars(select(AccountRow).where(*works)).one_or_none()
    if row is None or not _spend(db, code, row.id):
        raise Forbidden("this code is not that account's, or was used")
    actor = Actor(ref=f"account:{row.id}", account_id=row.id)
    audit.record(db, actor, now, "recovery_code_used", f"account:{row.id}")
    accounts.set_password(db, row.id, password, actor=actor, now=now)


def an_admin_has_one(db: Session, site_id: str) -> bool:
    """Whether an admin of the site has a recovery code that was not used."""
    admins = (AccountRole.site_id == site_id, AccountRole.role == Role.ADMIN)
    found = exists().where(AccountRole.account_id == _CODES.account_id, *admins)
    return bool(db.scalar(select(found)))


def _new(db: Session, account_id: str | None, now: Utc) -> str:
    letters = [secrets.choice(_ALPHABET) for _ in range(_GROUPS * _EACH)]
    groups = ["".join(letters[at : at + _EACH]) for at in range(0, len(letters), _EACH)]
    code = "-".join(groups)
    db.add(PrintedCodeRow(hash=_hash(code), account_id=account_id, created_at=now))
    db.flush()
    return code


def _spend(db: Session, code: str, account_id: str | None) -> bool:
    """Whether it was that account's, and nobody was faster."""
    mine = _CODES.account_id.is_(None) if account_id is None else _CODES.account_id == account_id
    spent = delete(PrintedCodeRow).where(PrintedCodeRow.hash == _hash(code), mine)
    return db.scalar(spent.returning(PrintedCodeRow.hash)) is not None


def _hash(code: str) -> str:
    """As it is read from paper: capitals, blanks and dashes make no difference."""
    return hashlib.sha256("".join(filter(str.isalnum, code.lower())).encode()).hexdigest()

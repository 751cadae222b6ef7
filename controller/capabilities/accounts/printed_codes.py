"""Codes on paper, each used once: for a first account, a password, and a lost telephone.

Only their hashes are kept; 74 random bits and more need no slow one.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.digests import digest
from controller.capabilities.accounts.logins import login_identity
from controller.capabilities.accounts.models import (
    AccountRole,
    AccountRow,
    CodeKind,
    PrintedCodeRow,
)
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden
from controller.kernel.roles import Role

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is misread: i, l, o, 0, 1."""
_GROUPS, _EACH = 4, 5
_SHORT_GROUPS = 3
"""Of a code that counts only with the password."""
SECOND_FACTOR_CODES = 10
GIVEN_LASTS = timedelta(days=7)
"""How long an invitation, or the code that an admin gives, can be used."""
_FOR_PASSWORD = (CodeKind.PASSWORD, CodeKind.INVITATION, CodeKind.RESET)
_CODES = PrintedCodeRow.__table__.c


def is_nobody_there(db: Session) -> bool:
    """Whether there is no account at all: then a code from `loquet init` makes the first."""
    return not db.scalar(select(exists().where(AccountRow.id.is_not(None))))


def for_first_admin(db: Session, *, now: Utc) -> str | None:
    """The code that makes the first account, in the place of an earlier one; None: there is one."""
    db.execute(delete(PrintedCodeRow).where(PrintedCodeRow.account_id.is_(None)))
    return _new(db, CodeKind.PASSWORD, None, now) if is_nobody_there(db) else None


def make_first_admin(
    db: Session, code: str, *, login: str, password: str, language: Language, site_id: str, now: Utc
) -> str:
    """Spend that code: an account that is admin of the site; its id.

    Raises Forbidden for a wrong code or when there is an account, Invalid.
    """
    if not is_nobody_there(db) or not _spend(db, code, None, now, _FOR_PASSWORD):
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
    forget(db, actor.account_id, _FOR_PASSWORD)
    audit.record(db, actor, now, "recovery_code_made", f"account:{actor.account_id}")
    return _new(db, CodeKind.PASSWORD, actor.account_id, now)


def give(db: Session, account_id: str, kind: CodeKind, *, now: Utc) -> str:
    """A code with which somebody sets the password of an account, in the place of earlier ones."""
    forget(db, account_id, _FOR_PASSWORD)
    return _new(db, kind, account_id, now, expires_at=Utc.of(now + GIVEN_LASTS))


def for_second_factor(db: Session, account_id: str, *, now: Utc) -> tuple[str, ...]:
    """Codes for when the telephone is lost, in the place of earlier ones."""
    forget_second_factor(db, account_id)
    kind = CodeKind.SECOND_FACTOR
    return tuple(
        _new(db, kind, account_id, now, groups=_SHORT_GROUPS) for _ in range(SECOND_FACTOR_CODES)
    )


def spend_second_factor(db: Session, account_id: str, code: str, *, now: Utc) -> bool:
    """Whether it is one of those, and was not used."""
    return _spend(db, code, account_id, now, (CodeKind.SECOND_FACTOR,))


def forget_second_factor(db: Session, account_id: str) -> None:
    """None of those is good any more."""
    forget(db, account_id, (CodeKind.SECOND_FACTOR,))


def forget(db: Session, account_id: str, kinds: Collection[CodeKind]) -> None:
    """The account's codes of these kinds are good for nothing any more."""
    theirs = (PrintedCodeRow.account_id == account_id, PrintedCodeRow.kind.in_(kinds))
    db.execute(delete(PrintedCodeRow).where(*theirs))


def recover(db: Session, code: str, *, login: str, password: str, now: Utc) -> None:
    """Spend a code for a new password; every sign-in of the account ends.

    Raises Forbidden, whatever is wrong with login and code, and Invalid for a bad password.
    """
    folded = login_identity(login)
    row = None
    if "\0" not in folded:
        works = (AccountRow.login == folded, AccountRow.disabled_at.is_(None))
        row = db.scalars(select(AccountRow).where(*works)).one_or_none()
    if row is None or not _spend(db, code, row.id, now, _FOR_PASSWORD):
        raise Forbidden("this code is not that account's, was used, or is too old")
    actor = Actor(ref=f"account:{row.id}", account_id=row.id)
    audit.record(db, actor, now, "recovery_code_used", f"account:{row.id}")
    accounts.set_password(db, row.id, password, actor=actor, now=now)


def an_admin_has_one(db: Session, site_id: str) -> bool:
    """Whether an admin of the site has a recovery code that was not used."""
    admins = (AccountRole.site_id == site_id, AccountRole.role == Role.ADMIN)
    works = _CODES.kind == CodeKind.PASSWORD
    found = exists().where(AccountRole.account_id == _CODES.account_id, works, *admins)
    return bool(db.scalar(select(found)))


def _new(
    db: Session,
    kind: CodeKind,
    account_id: str | None,
    now: Utc,
    *,
    groups: int = _GROUPS,
    expires_at: Utc | None = None,
) -> str:
    letters = [secrets.choice(_ALPHABET) for _ in range(groups * _EACH)]
    code = "-".join("".join(letters[at : at + _EACH]) for at in range(0, len(letters), _EACH))
    db.add(
        PrintedCodeRow(
            hash=_hash(code),
            account_id=account_id,
            kind=kind,
            created_at=now,
            expires_at=expires_at,
        )
    )
    db.flush()
    return code


def _spend(
    db: Session, code: str, account_id: str | None, now: Utc, kinds: Collection[CodeKind]
) -> bool:
    """Whether it was that account's, and nobody was faster."""
    mine = _CODES.account_id.is_(None) if account_id is None else _CODES.account_id == account_id
    lasts = or_(_CODES.expires_at.is_(None), _CODES.expires_at > now)
    spent = delete(PrintedCodeRow).where(
        PrintedCodeRow.hash == _hash(code), mine, lasts, PrintedCodeRow.kind.in_(kinds)
    )
    return db.scalar(spent.returning(PrintedCodeRow.hash)) is not None


def _hash(code: str) -> str:
    """As it is read from paper: capitals, blanks and dashes make no difference."""
    return digest("".join(filter(str.isalnum, code.lower())))

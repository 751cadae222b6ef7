"""Makes printed codes, accepts each of them once, and deletes them.

Only their hashes are stored; with 74 random bits or more, a fast hash is enough.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts.digests import digest
from controller.capabilities.accounts.models import CodeKind, MailedLinkRow, PrintedCodeRow
from controller.domain.time import Utc

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that are easily misread: i, l, o, 0, 1."""
_GROUPS, _GROUP_LENGTH = 4, 5
_SHORT_GROUPS = 3
"""Number of groups of a code that is accepted only together with the password."""
SECOND_FACTOR_CODES = 10
"""How many codes an account gets for a lost phone."""
PASSWORD_CODE_LASTS = timedelta(days=7)
"""How long an invitation, or a code from an admin, can be used."""
FOR_PASSWORD = (CodeKind.PASSWORD, CodeKind.INVITATION, CodeKind.RESET)
"""Kinds of codes with which somebody sets a password."""
_CODES = PrintedCodeRow.__table__.c


def issue_password_code(db: Session, account_id: str, kind: CodeKind, *, now: Utc) -> str:
    """Make a code with which somebody can set the account's password; earlier ones stop working."""
    forget(db, account_id, FOR_PASSWORD)
    return new(db, kind, account_id, now, expires_at=Utc.of(now + PASSWORD_CODE_LASTS))


def issue_second_factor_codes(db: Session, account_id: str, *, now: Utc) -> tuple[str, ...]:
    """Make codes for a lost phone; earlier ones stop working."""
    forget_second_factor(db, account_id)
    kind = CodeKind.SECOND_FACTOR
    return tuple(
        new(db, kind, account_id, now, groups=_SHORT_GROUPS) for _ in range(SECOND_FACTOR_CODES)
    )


def has_second_factor(db: Session, account_id: str) -> bool:
    """Whether the account has unused second-factor codes."""
    conditions = (_CODES.account_id == account_id, _CODES.kind == CodeKind.SECOND_FACTOR)
    return bool(db.scalar(select(exists().where(*conditions))))


def spend_second_factor(db: Session, account_id: str, code: str, *, now: Utc) -> bool:
    """Return whether it is an unused second-factor code of the account; marks it as used."""
    return spend(db, code, account_id, now, (CodeKind.SECOND_FACTOR,))


def forget_second_factor(db: Session, account_id: str) -> None:
    """Delete the account's second-factor codes."""
    forget(db, account_id, (CodeKind.SECOND_FACTOR,))


def end_password_changes(
    db: Session, account_id: str, *, now: Utc, kinds: Collection[CodeKind] = FOR_PASSWORD
) -> None:
    """End the codes and mailed links with which somebody could set the account's password."""
    forget(db, account_id, kinds)
    links = (MailedLinkRow.account_id == account_id, MailedLinkRow.kind.in_(kinds))
    unused = update(MailedLinkRow).where(*links, MailedLinkRow.used_at.is_(None))
    db.execute(unused.values(used_at=now))


def forget(db: Session, account_id: str, kinds: Collection[CodeKind]) -> None:
    """Delete the account's codes of these kinds."""
    conditions = (PrintedCodeRow.account_id == account_id, PrintedCodeRow.kind.in_(kinds))
    db.execute(delete(PrintedCodeRow).where(*conditions))


def new(
    db: Session,
    kind: CodeKind,
    account_id: str | None,
    now: Utc,
    *,
    groups: int = _GROUPS,
    expires_at: Utc | None = None,
) -> str:
    """Make a code of this kind and return it; `account_id` None: it creates the first account."""
    letters = [secrets.choice(_ALPHABET) for _ in range(groups * _GROUP_LENGTH)]
    starts = range(0, len(letters), _GROUP_LENGTH)
    code = "-".join("".join(letters[at : at + _GROUP_LENGTH]) for at in starts)
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


def spend(
    db: Session, code: str, account_id: str | None, now: Utc, kinds: Collection[CodeKind]
) -> bool:
    """Return whether it is a valid code of the account (None: of no account); deletes it if so."""
    of_account = (
        _CODES.account_id.is_(None) if account_id is None else _CODES.account_id == account_id
    )
    is_unexpired = or_(_CODES.expires_at.is_(None), _CODES.expires_at > now)
    deletion = delete(PrintedCodeRow).where(
        PrintedCodeRow.hash == _hash(code), of_account, is_unexpired, PrintedCodeRow.kind.in_(kinds)
    )
    return db.scalar(deletion.returning(PrintedCodeRow.hash)) is not None


def _hash(code: str) -> str:
    """Return the hash of a typed code; ignores capitals, blanks and dashes."""
    return digest("".join(filter(str.isalnum, code.lower())))

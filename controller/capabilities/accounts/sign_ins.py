"""Signing in and out: each browser's sign-in is a row, and what has no row is over."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import passwords
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.logins import login_identity
from controller.capabilities.accounts.models import AccountRow, SignInRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.shapes import Shape
from controller.kernel.transactions import Transactions

SIGN_IN_LASTS = timedelta(days=14)
Verify = Callable[[str | None, str], bool]
"""Whether a hash is the password's."""


class Account(Shape, frozen=True, kw_only=True):
    """Somebody who has signed in, and who they are when they act."""

    id: str
    login: str
    language: Language
    actor: Actor


def sign_in(
    database: Transactions,
    *,
    login: str,
    password: str,
    now: Utc,
    verify: Verify = passwords.verify,
) -> tuple[Account, str] | None:
    """The account, and the secret by which this sign-in is known, if login and password are right.

    An unknown login takes as long as a wrong one. The password is judged outside of transactions,
    so that nobody waits for it; an old hash is made anew with the present profile.
    """
    with database.read() as db:
        row = _with_login(db, login_identity(login))
    hashed = row.password_hash if row and row.disabled_at is None else None
    if not verify(hashed, password) or row is None or hashed is None:
        return None
    anew = passwords.hash_new(password) if passwords.outdated(hashed) else hashed
    with database.write() as db:
        row = db.get(AccountRow, row.id)
        is_same = row is not None and row.password_hash == hashed and row.disabled_at is None
        if row is not None and is_same:
            row.password_hash = anew
            return _account(db, row), _begin(db, row, now)
    # It has just been changed, or made anew by another sign-in: ask again.
    return sign_in(database, login=login, password=password, now=now, verify=verify)


def _with_login(db: Session, login: str) -> AccountRow | None:
    if "\0" in login:  # PostgreSQL would refuse the question
        return None
    return db.scalars(select(AccountRow).where(AccountRow.login == login)).one_or_none()


def _begin(db: Session, row: AccountRow, now: Utc) -> str:
    """A new row, in the place of those whose time is over."""
    db.execute(delete(SignInRow).where(SignInRow.signed_in_at < now - SIGN_IN_LASTS))
    secret = secrets.token_urlsafe(32)
    db.add(SignInRow(hash=_hash(secret), account_id=row.id, signed_in_at=now))
    return secret


def current(db: Session, secret: str, *, now: Utc) -> Account | None:
    """Who a sign-in still stands for; None when it is over, or the account is closed."""
    row = db.scalars(
        select(AccountRow)
        .join(SignInRow, SignInRow.account_id == AccountRow.id)
        .where(
            SignInRow.hash == _hash(secret),
            SignInRow.signed_in_at >= now - SIGN_IN_LASTS,
            AccountRow.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else _account(db, row)


def sign_out(db: Session, secret: str) -> None:
    """End one sign-in: whoever has copied it has nothing."""
    db.execute(delete(SignInRow).where(SignInRow.hash == _hash(secret)))


def sign_out_everywhere(db: Session, account_id: str) -> None:
    """End every sign-in of the account."""
    db.execute(delete(SignInRow).where(SignInRow.account_id == account_id))


def _account(db: Session, row: AccountRow) -> Account:
    return Account(id=row.id, login=row.login, language=row.language, actor=actor_of(db, row))


def _hash(secret: str) -> str:
    # A secret of 256 random bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()

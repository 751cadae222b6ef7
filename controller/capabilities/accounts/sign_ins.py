"""Signing in and out; each signed-in browser has a row until it signs out."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import CursorResult, bindparam, delete, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import devices, passwords, second_factors, steps
from controller.capabilities.accounts.digests import digest, new_secret
from controller.capabilities.accounts.identity import actor_of, is_staff
from controller.capabilities.accounts.models import AccountRow, SignInRow, StepKind
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.jobs import Transactions
from controller.kernel.shapes import Shape
from controller.wire.ids import uuid7

SIGN_IN_LASTS = timedelta(days=14)
"""How long a browser stays signed in."""
_CURRENT = (
    select(AccountRow, SignInRow)
    .join(SignInRow, SignInRow.account_id == AccountRow.id)
    .where(
        SignInRow.hash == bindparam("hash"),
        SignInRow.signed_in_at >= bindparam("since"),
        AccountRow.disabled_at.is_(None),
    )
)
"""Built once, since each request needs it and building it takes longer than running it."""
Verify = Callable[[str | None, str], bool]
"""Whether a password matches a hash (None: unknown login)."""


class Account(Shape, frozen=True, kw_only=True):
    """An account that is signed in, with the actor for its requests."""

    id: str
    login: str
    language: Language
    actor: Actor
    sign_in: str = ""
    """The id of the sign-in."""
    proved_at: Utc | None = None
    """When a password or a passkey was last given in this browser; None: unknown."""
    lacks_factor_at: frozenset[str] = frozenset()
    """The sites that require a second factor, if the account has none."""


class SignInResult(NamedTuple):
    """The account, and the secret that the browser keeps for this sign-in."""

    account: Account
    secret: str


class PendingSecondFactor(NamedTuple):
    """The first factor was right and the second is required; `secret` identifies the pending
    step."""

    secret: str


class SignIn(Shape, frozen=True, kw_only=True):
    """A browser in which an account is signed in."""

    id: str
    browser: str | None
    signed_in_at: Utc


def sign_in(
    database: Transactions,
    *,
    login: str,
    password: str,
    now: Utc,
    verify: Verify = passwords.verify,
    browser: str | None = None,
) -> SignInResult | PendingSecondFactor | None:
    """Sign in with login and password. `PendingSecondFactor` if one is required; None if wrong.

    An unknown login takes as long as a wrong one. The password is checked outside of a transaction,
    so that others need not wait. An outdated hash is replaced.
    """
    with database.read() as db:
        row = _with_login(db, login_identity(login))
    hashed = row.password_hash if row and row.disabled_at is None else None
    if not verify(hashed, password) or row is None or hashed is None:
        return None
    new_hash = passwords.hash_new(password) if passwords.is_outdated(hashed) else hashed
    with database.write() as db:
        row = db.get(AccountRow, row.id)
        is_same = row is not None and row.password_hash == hashed and row.disabled_at is None
        if row is not None and is_same:
            row.password_hash = new_hash
            if second_factors.has_factor(db, row.id):
                kind = StepKind.SECOND_FACTOR
                return PendingSecondFactor(steps.begin(db, kind, row.id, now=now, proved_at=now))
            return begin(db, row, now=now, browser=browser, proved_at=now)
    # The password was just changed, or rehashed by another sign-in: try again.
    return sign_in(
        database, login=login, password=password, now=now, verify=verify, browser=browser
    )


def is_password(
    database: Transactions, account_id: str, password: str, verify: Verify = passwords.verify
) -> bool:
    """Whether it is the account's password; checked outside of a transaction."""
    with database.read() as db:
        row = db.get(AccountRow, account_id)
        hashed = row.password_hash if row and row.disabled_at is None else None
    return verify(hashed, password)


def _with_login(db: Session, login: str) -> AccountRow | None:
    if "\0" in login:  # PostgreSQL would refuse the query
        return None
    return db.scalars(select(AccountRow).where(AccountRow.login == login)).one_or_none()


def begin(
    db: Session,
    row: AccountRow,
    *,
    now: Utc,
    browser: str | None,
    proved_at: Utc | None,
    is_strong: bool = False,
) -> SignInResult:
    """Start a sign-in; deletes expired ones.

    `proved_at`: when the owner gave a password or a passkey. None if the provider had an open
    session, which does not count as reauthentication.
    """
    db.execute(delete(SignInRow).where(SignInRow.signed_in_at < now - SIGN_IN_LASTS))
    secret = new_secret()
    new = SignInRow(
        hash=digest(secret),
        id=uuid7(),
        account_id=row.id,
        signed_in_at=now,
        proved_at=proved_at,
        browser=browser,
        is_strong=is_strong,
    )
    db.add(new)
    db.execute(update(AccountRow).where(AccountRow.id == row.id).values(signed_in_at=now))
    db.flush()
    return SignInResult(_account(db, row, new), secret)


def current_account(db: Session, secret: str, *, now: Utc) -> Account | None:
    """Return the account of a sign-in; None when it has expired or the account is disabled.

    Staff are also refused if the sign-in had no proof of identity (a provider's open session).
    """
    parameters = {"hash": digest(secret), "since": now - SIGN_IN_LASTS}
    account_and_sign_in = db.execute(_CURRENT, parameters).one_or_none()
    if account_and_sign_in is None:
        return None
    row, signed_in = account_and_sign_in
    if signed_in.proved_at is None and is_staff(db, row.id):
        return None
    return _account(db, row, signed_in)


def record_proof(db: Session, secret: str, *, at: Utc) -> None:
    """Record that a password or a passkey was given again in this browser."""
    db.execute(update(SignInRow).where(SignInRow.hash == digest(secret)).values(proved_at=at))


def of_account(db: Session, account_id: str, *, now: Utc) -> list[SignIn]:
    """Return the browsers in which an account is signed in, the latest first; at most 50."""
    rows = db.scalars(
        select(SignInRow)
        .where(SignInRow.account_id == account_id, SignInRow.signed_in_at >= now - SIGN_IN_LASTS)
        .order_by(SignInRow.signed_in_at.desc(), SignInRow.id.desc())
        .limit(50)
    )
    return [SignIn(id=row.id, browser=row.browser, signed_in_at=row.signed_in_at) for row in rows]


def sign_out(db: Session, secret: str) -> None:
    """End a sign-in, so that a copy of its secret is useless too."""
    db.execute(delete(SignInRow).where(SignInRow.hash == digest(secret)))


def end(db: Session, account_id: str, sign_in_id: str) -> bool:
    """End one of an account's sign-ins; return False if it does not exist."""
    is_sign_in = (SignInRow.account_id == account_id, SignInRow.id == sign_in_id)
    deleted = db.execute(delete(SignInRow).where(*is_sign_in))
    assert isinstance(deleted, CursorResult)  # noqa: S101 - what a delete returns
    return deleted.rowcount > 0


def sign_out_everywhere(db: Session, account_id: str, *, but: str | None = None) -> None:
    """End every sign-in of the account except the one with the id `but`, and forget its devices."""
    deletion = delete(SignInRow).where(SignInRow.account_id == account_id)
    db.execute(deletion if but is None else deletion.where(SignInRow.id != but))
    devices.forget_all(db, account_id)


def _account(db: Session, row: AccountRow, signed_in: SignInRow) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        language=row.language,
        actor=actor_of(db, row),
        sign_in=signed_in.id,
        proved_at=signed_in.proved_at,
        lacks_factor_at=frozenset()
        if signed_in.is_strong
        else second_factors.sites_requiring(db, row.id),
    )


# Spellings of the same login are stored, looked up and counted as one.


def login_identity(text: str) -> str:
    """Return the login as it is stored: without surrounding blanks, case or variants of a letter.

    This is Unicode's toNFKC_Casefold (section 3.13, D145), which is idempotent: `ſ`, `S` and a
    full-width `ｓ` all become `s`.
    """
    folded = unicodedata.normalize("NFD", text)
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return folded.strip()

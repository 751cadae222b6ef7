"""API tokens: secrets of 256 random bits, shown once and stored as hashes, limited by scopes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import msgspec
from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import second_factors
from controller.capabilities.accounts.digests import digest, new_secret
from controller.capabilities.accounts.identity import actor_of, administers
from controller.capabilities.accounts.models import AccountRole, AccountRow, TokenRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.shapes import Line, Shape
from controller.wire.ids import uuid7

_PREFIX = "loquet_"
PER_MINUTE = 3_000
"""Default limit of a token's requests per minute."""
_TOKEN_BY_HASH = select(TokenRow).where(TokenRow.hash == bindparam("hash"))
UNDO_WITHIN = timedelta(seconds=60)
"""How long a revocation can be undone."""
_REVOKED = "token_revoked"
MAX_SHOWN = 100
"""Maximum number of tokens that a page lists."""
ScopeName = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+(:[a-z]+)?$(?!\n)")]
"""The name of a permission."""
PerMinute = Annotated[int, msgspec.Meta(ge=1, le=60_000)]


class NewToken(Shape, frozen=True, kw_only=True):
    """A token that somebody makes for their own account.

    Without scopes it has all permissions of the account's roles.
    """

    name: Line
    scopes: tuple[ScopeName, ...] = ()
    expires_at: Utc | None = None
    per_minute: PerMinute = PER_MINUTE


class Token(NewToken, frozen=True, kw_only=True):
    """A token, without its secret."""

    id: str
    account_id: str
    created_at: Utc
    revoked_at: Utc | None
    used_at: Utc | None = None
    """The time of the latest use, to ten minutes."""


def add(
    db: Session,
    account_id: str,
    name: str,
    scopes: Iterable[str],
    now: Utc,
    actor: Actor,
    expires_at: Utc | None = None,
    per_minute: int = PER_MINUTE,
) -> tuple[Token, str]:
    """Make a token for the actor's own account; the system may make one for any account.

    Returns the token and its secret, which is shown once. A token can't make another one with more
    permissions. Raises Invalid, Forbidden.
    """
    permissions = frozenset(scopes)
    if unknown := permissions.difference(db.info["house"].permissions):
        raise Invalid.of("scopes", f"no such scope: {', '.join(sorted(unknown))}")
    if not actor.is_system and actor.account_id != account_id:
        raise Forbidden("you can only make tokens for your own account")
    if actor.scopes is not None and not (permissions and permissions <= actor.scopes):
        raise Forbidden("a token can't make one with more scopes than its own")
    if actor.per_minute is not None and per_minute > actor.per_minute:
        raise Forbidden("a token can't make one with more requests a minute than its own")
    if actor.expires_at is not None and not (expires_at and expires_at <= actor.expires_at):
        raise Forbidden("a token can't make one that lasts longer than itself")
    secret = _PREFIX + new_secret()
    row = TokenRow(
        id=uuid7(),
        account_id=account_id,
        name=name,
        hash=digest(secret),
        scopes=sorted(permissions),
        created_by=actor.ref,
        created_at=now,
        expires_at=expires_at,
        per_minute=per_minute,
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, now, "token_created", f"account:{account_id}", token=row.id)
    return _shape(row), secret


def authenticate(db: Session, text: str, now: Utc) -> Actor | None:
    """Return the actor for a token's secret.

    None when the token is unknown, revoked or expired, or its account is disabled. At a site that
    requires a second factor which the account lacks, only tokens that the system made for a program
    count.
    """
    row = db.scalars(_TOKEN_BY_HASH, {"hash": digest(text)}).one_or_none()
    if row is None or row.revoked_at is not None:
        return None
    if row.expires_at is not None and row.expires_at <= now:
        return None
    account = db.get_one(AccountRow, row.account_id)
    if account.disabled_at is not None:
        return None
    scopes = frozenset(row.scopes) or None
    actor = actor_of(db, account, ref=f"token:{row.id}")
    if not row.created_by.startswith("system:"):
        closed_sites = second_factors.sites_requiring(db, account.id)
        actor = actor.without_sites(closed_sites)
    return replace(actor, scopes=scopes, per_minute=row.per_minute, expires_at=row.expires_at)


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Token]:
    """Return a page of the actor's own tokens; for the system, of all tokens."""
    statement = select(TokenRow)
    if not actor.is_system:
        statement = statement.where(TokenRow.account_id == actor.account_id)
    return paged(db, statement, TokenRow.id, cursor, lambda rows: [_shape(row) for row in rows])


def of_site(db: Session, site_id: str, *, actor: Actor) -> list[Token]:
    """Return the unrevoked tokens of accounts that have roles at the site, and only at sites of
    which the actor is an admin.

    Raises Forbidden.
    """
    actor.require(Permission.ACCOUNTS_WRITE, site_id)
    has_role_here = exists().where(
        AccountRole.account_id == TokenRow.account_id, AccountRole.site_id == site_id
    )
    statement = select(TokenRow).where(TokenRow.revoked_at.is_(None), has_role_here)
    sites = actor.sites(Permission.ACCOUNTS_WRITE)
    if sites is not None:
        has_other_role = exists().where(
            AccountRole.account_id == TokenRow.account_id, AccountRole.site_id.not_in(sites)
        )
        statement = statement.where(~has_other_role)
    rows = db.scalars(statement.order_by(TokenRow.id.desc()).limit(MAX_SHOWN))
    return [_shape(row) for row in rows]


def of_account(db: Session, account_id: str) -> list[Token]:
    """Return an account's unrevoked tokens, the latest first."""
    conditions = (TokenRow.account_id == account_id, TokenRow.revoked_at.is_(None))
    rows = db.scalars(
        select(TokenRow).where(*conditions).order_by(TokenRow.id.desc()).limit(MAX_SHOWN)
    )
    return [_shape(row) for row in rows]


def count_working(db: Session, account_id: str, *, now: Utc) -> int:
    """Return how many of an account's tokens are neither revoked nor expired."""
    statement = select(func.count()).select_from(TokenRow).where(*_is_working(account_id, now))
    return db.scalar(statement) or 0


def note_use(db: Session, token_id: str, *, now: Utc) -> None:
    """Store the time at which the token was used."""
    db.execute(update(TokenRow).where(TokenRow.id == token_id).values(used_at=now))


def revoke(db: Session, token_id: str, *, actor: Actor, now: Utc) -> Token:
    """Revoke a token.

    A token with scopes can revoke only itself, so that a stolen one can't end the others. Raises
    NotFound unless the token is the actor's own, or of an account that the actor administers.
    """
    row = _revocable_token(db, token_id, actor)
    row.revoked_at = row.revoked_at or now
    audit.record(db, actor, now, _REVOKED, f"account:{row.account_id}", token=row.id)
    db.flush()
    return _shape(row)


def undo_revoke(db: Session, token_id: str, *, actor: Actor, now: Utc) -> Token:
    """Undo the actor's own recent revocation. Raises NotFound; Conflict when it is too late."""
    row = _revocable_token(db, token_id, actor)
    last = audit.last_entry(db, f"account:{row.account_id}", row.id)
    is_own = last is not None and (last.action, last.actor) == (_REVOKED, actor.ref)
    if row.revoked_at is None or last is None or not is_own or now - last.at >= UNDO_WITHIN:
        raise Conflict("you have not just revoked this token; make another one")
    row.revoked_at = None
    audit.record(db, actor, now, "token_given_back", f"account:{row.account_id}", token=row.id)
    db.flush()
    return _shape(row)


def _revocable_token(db: Session, token_id: str, actor: Actor) -> TokenRow:
    """Return a token that the actor may revoke. Raises NotFound."""
    row = db.get(TokenRow, token_id)
    may_revoke = row is not None and (
        actor.is_system
        or actor.ref == f"token:{row.id}"
        or (row.account_id == actor.account_id and actor.scopes is None)
    )
    if row is None or not (
        may_revoke or administers(db, db.get_one(AccountRow, row.account_id), actor)
    ):
        raise NotFound("token", token_id)
    return row


def revoke_own(db: Session, *, actor: Actor, now: Utc) -> None:
    """Revoke every working token of the actor's own account, with an audit entry for each."""
    working = _is_working(actor.account_id, now)
    for token_id in db.scalars(select(TokenRow.id).where(*working)).all():
        revoke(db, token_id, actor=actor, now=now)


def _is_working(account_id: str | None, now: Utc) -> tuple[ColumnElement[bool], ...]:
    return (
        TokenRow.account_id == account_id,
        TokenRow.revoked_at.is_(None),
        or_(TokenRow.expires_at.is_(None), TokenRow.expires_at > now),
    )


def revoke_all(db: Session, account_id: str, *, now: Utc) -> None:
    """Revoke every token of an account."""
    db.execute(
        update(TokenRow)
        .where(TokenRow.account_id == account_id, TokenRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _shape(row: TokenRow) -> Token:
    return to_shape(row, Token)

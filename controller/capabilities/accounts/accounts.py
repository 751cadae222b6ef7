"""Creates, changes and closes accounts; makes sure that each site keeps an admin."""

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement, delete, exists, or_, select, true
from sqlalchemy.orm import Session

from controller.capabilities.accounts import codes, passwords, sign_ins, steps, tokens
from controller.capabilities.accounts.identity import administers, require_may_grant
from controller.capabilities.accounts.models import (
    AccountRole,
    AccountRow,
    LinkedIdentity,
    PasskeyRow,
)
from controller.capabilities.accounts.sign_ins import login_identity
from controller.capabilities.members.changes import MemberLeft
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.rows import get_or_404, require_existing
from controller.wire.ids import uuid7

Roles = Mapping[str, frozenset[Role]]
"""Roles by site."""


def create(
    db: Session,
    *,
    login: str,
    password: str | None,
    roles: Roles,
    actor: Actor,
    now: Utc,
    member_id: str | None = None,
    language: Language = Language.FR,
) -> str:
    """Create an account and return its id. Without a password it can't sign in, but can have
    tokens.

    Raises Conflict when the login is taken, Invalid for a short password or an unknown site.
    """
    folded = login_identity(login)
    if not 0 < len(folded) <= 254 or not all(map(_is_for_logins, folded)):
        raise Invalid.of("login", "an e-mail address or a name without blanks")
    if db.scalars(select(AccountRow.id).where(AccountRow.login == folded)).first():
        raise Conflict(f"the login {folded} is taken")
    require_existing(db, "member_id", MemberRow.id, [member_id] if member_id else [])
    hashed = passwords.hash_new(password) if password is not None else None
    row = AccountRow(
        id=uuid7(),
        login=folded,
        password_hash=hashed,
        member_id=member_id,
        language=language,
        created_at=now,
    )
    db.add(row)
    db.flush()
    set_roles(db, row.id, roles, actor=actor, now=now)
    return row.id


def _is_for_logins(letter: str) -> bool:
    """Whether a login may contain this character: no blanks or invisible ones, which could make two
    logins look the same."""
    return letter.isprintable() and not letter.isspace()


def set_roles(
    db: Session, account_id: str, roles: Roles, *, actor: Actor, now: Utc, reason: str | None = None
) -> None:
    """Replace the account's roles at the given sites. Raises Conflict for a site's last admin."""
    row = get_or_404(db, AccountRow, account_id, "account")
    require_existing(db, "roles", SiteRow.id, roles)
    ensure_admin_remains(db, row.id, lambda: _store_roles(db, row, roles, actor, now, reason))


def _store_roles(
    db: Session, row: AccountRow, roles: Roles, actor: Actor, now: Utc, reason: str | None
) -> None:
    for site_id, site_roles in sorted(roles.items()):
        actor.require(Permission.ACCOUNTS_WRITE, site_id)
        is_role_row = (AccountRole.account_id == row.id, AccountRole.site_id == site_id)
        db.execute(delete(AccountRole).where(*is_role_row))
        db.add_all(
            AccountRole(account_id=row.id, site_id=site_id, role=role) for role in site_roles
        )
        db.flush()
        names = sorted(role.value for role in site_roles)
        ref = f"account:{row.id}"
        audit.record(db, actor, now, "roles_set", ref, site_id, reason=reason, roles=names)


def set_password(db: Session, account_id: str, password: str, *, actor: Actor, now: Utc) -> None:
    """Set the password of one's own account or, as an admin, another's.

    Ends its other sign-ins, and the codes and mailed links that set a password.
    """
    row = get_or_404(db, AccountRow, account_id, "account")
    if actor.account_id != account_id:
        require_admin(db, row, actor)
    row.password_hash = passwords.hash_new(password)
    steps.forget(db, row.id)
    codes.end_password_changes(db, row.id, now=now)
    sign_ins.sign_out_everywhere(db, row.id)
    audit.record(db, actor, now, "password_set", f"account:{row.id}")


def close_of(db: Session, event: MemberLeft) -> None:
    """Close the account of a member who has left. Raises Conflict for the last admin of a site."""
    account = db.scalar(select(AccountRow).where(AccountRow.member_id == event.member.id))
    if account is not None:
        close(db, account, actor=event.actor, now=event.now)


def close(db: Session, row: AccountRow, *, actor: Actor, now: Utc) -> None:
    """Close the account: end its sign-ins, revoke its tokens and remove its roles.

    Raises Conflict for a site's last admin. Raises NeedsAdmin if the account has a staff role that
    the actor may not grant.
    """
    if actor.account_id != row.id:
        require_may_grant(db, row, actor)
    roles = delete(AccountRole).where(AccountRole.account_id == row.id)
    ensure_admin_remains(db, row.id, lambda: db.execute(roles))
    row.disabled_at = now
    codes.end_password_changes(db, row.id, now=now)
    sign_ins.sign_out_everywhere(db, row.id)
    tokens.revoke_all(db, row.id, now=now)
    audit.record(db, actor, now, "account_closed", f"account:{row.id}")


def require_admin(db: Session, row: AccountRow, actor: Actor) -> None:
    """Raise Forbidden unless the actor is an admin of every site at which the account has a
    role."""
    if not administers(db, row, actor):
        raise Forbidden("this needs an admin of every site at which the account has a role")


def ensure_admin_remains(db: Session, account_id: str, do: Callable[[], object]) -> None:
    """Call `do`, which may remove the account's admin role or its means to sign in.

    Raises Conflict if a site would be left without an admin. Locks the sites first, so that two
    admins can't remove each other at the same time.
    """
    admin_sites = select(AccountRole.site_id).where(
        AccountRole.account_id == account_id, AccountRole.role == Role.ADMIN
    )
    locked = select(SiteRow.id).where(SiteRow.id.in_(admin_sites)).order_by(SiteRow.id)
    sites = db.scalars(locked.with_for_update(key_share=True)).all()
    can_sign_in = select(AccountRow.id).where(AccountRow.id == account_id, _can_sign_in())
    # an account that can't sign in now is no loss: any other enabled admin is enough then
    condition = _can_sign_in() if db.scalar(can_sign_in) is not None else true()
    do()
    db.flush()
    for site_id in sites:
        if not _has_admin(db, site_id, condition):
            raise Conflict(f"{site_id} would have no admin left; name another first")


def _has_admin(db: Session, site_id: str, condition: ColumnElement[bool]) -> bool:
    statement = (
        select(AccountRole.account_id)
        .join(AccountRow, AccountRow.id == AccountRole.account_id)
        .where(
            AccountRole.site_id == site_id,
            AccountRole.role == Role.ADMIN,
            AccountRow.disabled_at.is_(None),
            condition,
        )
    )
    return db.scalars(statement.limit(1)).first() is not None


def _can_sign_in() -> ColumnElement[bool]:
    """Condition: the account has a password, a passkey or a linked identity.

    An unused invitation doesn't count, since its address may be mistyped.
    """
    ways = (
        exists().where(model.account_id == AccountRow.id) for model in (PasskeyRow, LinkedIdentity)
    )
    return or_(AccountRow.password_hash.is_not(None), *ways)


def id_of(db: Session, login: str) -> str:
    """Return the id of the account with this login. Raises NotFound."""
    id_ = db.scalar(select(AccountRow.id).where(AccountRow.login == login_identity(login)))
    if id_ is None:
        raise NotFound("account", login)
    return id_

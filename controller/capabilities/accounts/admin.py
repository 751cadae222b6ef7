"""Accounts as a site's admins see and change them; a site never loses its last admin."""

from collections.abc import Iterable, Sequence

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from controller.capabilities.accounts import accounts, codes, linked_record, sign_ins, tokens
from controller.capabilities.accounts.models import AccountRole, AccountRow, CodeKind
from controller.capabilities.accounts.shapes import (
    AccountFields,
    AccountShape,
    NewAccount,
    NewPassword,
)
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at, may_for_member
from controller.capabilities.places.models import SiteRow
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import get_or_404, require_version
from controller.kernel.validate import merge

_ADMIN = Permission.ACCOUNTS_WRITE


def create(db: Session, new: NewAccount, *, actor: Actor, now: Utc) -> AccountShape:
    """Create an account with roles, or for a member. Raises Invalid, Conflict, Forbidden."""
    actor.require_anywhere(_ADMIN)
    _check(db, new, actor, new.roles)
    key = accounts.create(
        db,
        login=new.login,
        password=new.password,
        roles=_roles(new),
        actor=actor,
        now=now,
        member_id=new.member_id,
        language=new.language,
    )
    audit.record(db, actor, now, "account_created", f"account:{key}")
    return get(db, key, actor=actor)


def get(db: Session, account_id: str, *, actor: Actor) -> AccountShape:
    """Return one account; it may be the actor's own. Raises NotFound."""
    return _shapes(db, [_row(db, account_id, actor)], actor)[0]


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[AccountShape]:
    """Return a page of the accounts that have a role, or a member, at the actor's sites."""
    actor.require_anywhere(_ADMIN)
    sites = actor.sites(_ADMIN)
    statement = select(AccountRow)
    if sites is not None:
        role = exists().where(
            AccountRole.account_id == AccountRow.id, AccountRole.site_id.in_(sites)
        )
        member = exists().where(MemberRow.id == AccountRow.member_id, known_at(sites))
        statement = statement.where(or_(role, member))
    return paged(db, statement, AccountRow.id, cursor, lambda rows: _shapes(db, rows, actor))


def change(
    db: Session,
    account_id: str,
    patch: object,
    *,
    version: int | None,
    actor: Actor,
    now: Utc,
    reason: str | None = None,
) -> AccountShape:
    """Apply a merge patch to the language, the roles at the named sites, and the linked member.

    `reason`: why the roles change, for the audit. Raises Invalid, Stale, NotFound, Forbidden, and
    Conflict for a site's last admin.
    """
    row = _row(db, account_id, actor)
    actor.require_anywhere(_ADMIN)
    require_version(row, version)
    old = _shapes(db, [row], actor)[0]
    new = merge(old, patch, AccountFields)
    before, after = _roles(old), _roles(new)
    changed = {
        site: after.get(site, frozenset())
        for site in before.keys() | after.keys()
        if before.get(site) != after.get(site)
    }
    _check(db, new, actor, changed, row)
    if new.member_id != row.member_id:
        accounts.require_admin(db, row, actor)
    row.language, row.member_id = new.language, new.member_id
    flag_modified(row, "login")  # a change of roles also increases the version
    accounts.set_roles(db, row.id, changed, actor=actor, now=now, reason=reason)
    audit.record(db, actor, now, "account_changed", f"account:{row.id}")
    return _shapes(db, [row], actor)[0]


def set_password(
    db: Session, account_id: str, new: NewPassword, *, actor: Actor, now: Utc
) -> AccountShape:
    """Set the account's password and end all its sign-ins. Raises Invalid, NotFound, Forbidden."""
    row = _row(db, account_id, actor)
    accounts.set_password(db, row.id, new.password, actor=actor, now=now)
    db.flush()
    return _shapes(db, [row], actor)[0]


def disable(db: Session, account_id: str, *, actor: Actor, now: Utc) -> AccountShape:
    """Disable the account and revoke its tokens; it keeps its roles.

    Raises Conflict for a site's last admin.
    """
    row = _row(db, account_id, actor)
    accounts.require_admin(db, row, actor)
    if row.disabled_at is None:
        accounts.ensure_admin_remains(db, row.id, lambda: _disable(db, row, now))
        audit.record(db, actor, now, "account_disabled", f"account:{row.id}")
    return _shapes(db, [row], actor)[0]


def enable(db: Session, account_id: str, *, actor: Actor, now: Utc) -> AccountShape:
    """Enable the account again, with its earlier roles. Raises Conflict when its member has
    left."""
    row = _row(db, account_id, actor)
    accounts.require_admin(db, row, actor)
    member = db.get(MemberRow, row.member_id) if row.member_id else None
    if member is not None and member.status is MemberStatus.LEFT:
        raise Conflict("this person has left the place")
    if row.disabled_at is not None:
        row.disabled_at = None
        db.flush()
        audit.record(db, actor, now, "account_enabled", f"account:{row.id}")
    return _shapes(db, [row], actor)[0]


def sign_out(db: Session, account_id: str, *, actor: Actor, now: Utc) -> None:
    """End the account's sessions in all browsers. Raises NotFound, Forbidden."""
    row = _row(db, account_id, actor)
    accounts.require_admin(db, row, actor)
    sign_ins.sign_out_everywhere(db, row.id)
    audit.record(db, actor, now, "signed_out_everywhere", f"account:{row.id}")


def _disable(db: Session, row: AccountRow, now: Utc) -> None:
    row.disabled_at = now
    codes.end_password_changes(db, row.id, now=now, kinds=(CodeKind.PASSWORD, CodeKind.RESET))
    sign_ins.sign_out_everywhere(db, row.id)
    tokens.revoke_all(db, row.id, now=now)
    db.flush()


def _row(db: Session, key: str, actor: Actor) -> AccountRow:
    row = get_or_404(db, AccountRow, key, "account")
    if actor.is_system or actor.account_id == row.id:
        return row
    roles = select(AccountRole.site_id).where(AccountRole.account_id == row.id)
    if any(actor.may(_ADMIN, site) for site in db.scalars(roles)):
        return row
    member = db.get(MemberRow, row.member_id) if row.member_id else None
    if member is None or not may_for_member(db, actor, _ADMIN, member):
        raise NotFound("account", key)
    return row


def _check(
    db: Session,
    new: AccountFields,
    actor: Actor,
    sites: Iterable[str],
    row: AccountRow | None = None,
) -> None:
    """Check new fields of an account; `sites`: those at which its roles change."""
    for site in sites:
        if db.get(SiteRow, site) is None or not actor.may(_ADMIN, site):
            raise Invalid.of("roles", f"no site {site} of which you are an admin")
    own_member = row.member_id if row is not None else None
    if new.member_id is not None and new.member_id != own_member:
        member = db.get(MemberRow, new.member_id)
        if member is None or not actor.may(_ADMIN, member.site_id):
            raise Invalid.of("member_id", f"no member {new.member_id}")
        other_account = select(AccountRow.id).where(AccountRow.member_id == member.id)
        if db.scalar(other_account) is not None:
            raise Conflict("this member has an account already")
        if row is not None:
            linked_record.check(db, row, member)
    if (
        new.member_id is None
        and not any(new.roles.values())
        and not _has_hidden_roles(db, row, actor)
    ):
        raise Invalid.of("roles", "an account needs a role or a member; disable it instead")


def _has_hidden_roles(db: Session, row: AccountRow | None, actor: Actor) -> bool:
    """Whether the account has roles at sites whose accounts this actor may not see."""
    if row is None:
        return False
    sites = select(AccountRole.site_id).where(AccountRole.account_id == row.id)
    return not all(actor.may(_ADMIN, site) for site in db.scalars(sites))


def _roles(fields: AccountFields) -> dict[str, frozenset[Role]]:
    return {site: frozenset(roles) for site, roles in fields.roles.items() if roles}


def _shapes(db: Session, rows: Sequence[AccountRow], actor: Actor) -> list[AccountShape]:
    """Return accounts for the API, without roles at sites that the actor may not see."""
    statement = select(AccountRole).where(AccountRole.account_id.in_([row.id for row in rows]))
    roles: dict[str, dict[str, list[Role]]] = {row.id: {} for row in rows}
    for role in db.scalars(statement.order_by(AccountRole.site_id, AccountRole.role)):
        if actor.account_id == role.account_id or actor.may(_ADMIN, role.site_id):
            roles[role.account_id].setdefault(role.site_id, []).append(role.role)
    return [
        to_shape(
            row,
            AccountShape,
            roles={site: tuple(roles_here) for site, roles_here in roles[row.id].items()},
        )
        for row in rows
    ]

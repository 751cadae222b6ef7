"""The accounts of a site for the page that lists them: roles, means to sign in, last sign-in."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import second_factors, sign_ins
from controller.capabilities.accounts.identity import administers
from controller.capabilities.accounts.models import (
    AccountRole,
    AccountRow,
    CodeKind,
    PrintedCodeRow,
)
from controller.capabilities.accounts.sign_ins import login_identity
from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import NotFound
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import Shape

LONGEST_QUERY = 80
"""How many characters of a search are used."""


class StaffAccount(Shape, frozen=True, kw_only=True):
    """An account as the page of one site shows it."""

    id: str
    login: str
    name: str | None
    """The name of the account's member, if it has one."""
    member_id: str | None
    roles: tuple[Role, ...]
    """The roles at this site."""
    factors: frozenset[str]
    """`authenticator`, `passkey`."""
    has_password: bool
    invited_until: Utc | None
    """When an unused invitation ends, if there is one."""
    signed_in_at: Utc | None
    disabled_at: Utc | None
    version: int


class Counts(Shape, frozen=True, kw_only=True):
    """Numbers of accounts at a site."""

    by_role: dict[Role, int]
    team: int
    """Number of accounts with a role other than *member*."""
    secured: int
    """How many of them have a second factor."""
    invited: int


def page(
    db: Session,
    site_id: str,
    query: str = "",
    *,
    actor: Actor,
    cursor: Cursor = FIRST,
    with_members: bool = False,
) -> Page[StaffAccount]:
    """Return the accounts with a role other than *member* at the site, or with any role.

    With a query: all accounts with a role there whose login or name contains it. Raises Forbidden.
    """
    actor.require(Permission.ACCOUNTS_READ, site_id)
    roles = exists().where(AccountRole.account_id == AccountRow.id, AccountRole.site_id == site_id)
    statement = select(AccountRow).where(
        roles if query or with_members else roles.where(AccountRole.role != Role.MEMBER)
    )
    if query:
        statement = statement.where(_matches_query(query))
    return paged(
        db, statement, AccountRow.id, cursor, lambda rows: _staff_accounts(db, rows, site_id)
    )


def get(db: Session, site_id: str, account_id: str, *, actor: Actor) -> StaffAccount:
    """Return an account that has a role at the site. Raises NotFound, Forbidden."""
    actor.require(Permission.ACCOUNTS_READ, site_id)
    has_role_here = exists().where(
        AccountRole.account_id == AccountRow.id, AccountRole.site_id == site_id
    )
    row = db.scalars(
        select(AccountRow).where(AccountRow.id == account_id, has_role_here)
    ).one_or_none()
    if row is None:
        raise NotFound("account", account_id)
    return _staff_accounts(db, [row], site_id)[0]


def open_sessions(db: Session, account_id: str, *, now: Utc) -> int:
    """Return the number of browsers in which the account is signed in."""
    return len(sign_ins.of_account(db, account_id, now=now))


def is_administered(db: Session, account_id: str, *, actor: Actor) -> bool:
    """Whether the actor is an admin of every site at which the account has a role."""
    return administers(db, get_or_404(db, AccountRow, account_id, "account"), actor)


def counts(db: Session, site_id: str, *, actor: Actor, now: Utc) -> Counts:
    """Count the accounts at a site. Raises Forbidden."""
    actor.require(Permission.ACCOUNTS_READ, site_id)
    open_ = (
        AccountRole.site_id == site_id,
        AccountRole.account_id == AccountRow.id,
        AccountRow.disabled_at.is_(None),
    )
    per_role = select(AccountRole.role, func.count()).where(*open_).group_by(AccountRole.role)
    team = list(
        db.scalars(select(AccountRow.id).where(*open_, AccountRole.role != Role.MEMBER).distinct())
    )
    open_invitations = select(func.count(PrintedCodeRow.account_id.distinct())).where(
        *open_,
        PrintedCodeRow.account_id == AccountRow.id,
        PrintedCodeRow.kind == CodeKind.INVITATION,
        PrintedCodeRow.expires_at > now,
    )
    return Counts(
        by_role=dict(db.execute(per_role).all()),
        team=len(team),
        secured=len(second_factors.factors_of(db, team)),
        invited=db.scalar(open_invitations) or 0,
    )


def _matches_query(query: str) -> ColumnElement[bool]:
    words = login_identity(query)[:LONGEST_QUERY].replace("\0", "")
    has_name = exists().where(
        MemberRow.id == AccountRow.member_id,
        func.lower(MemberRow.display_name).contains(words, autoescape=True),
    )
    return or_(AccountRow.login.contains(words, autoescape=True), has_name)


def _staff_accounts(db: Session, rows: Sequence[AccountRow], site_id: str) -> list[StaffAccount]:
    keys = [row.id for row in rows]
    roles: dict[str, list[Role]] = {}
    roles_here = select(AccountRole).where(
        AccountRole.account_id.in_(keys), AccountRole.site_id == site_id
    )
    for role in db.scalars(roles_here.order_by(AccountRole.role)):
        roles.setdefault(role.account_id, []).append(role.role)
    factors, invitations = second_factors.factors_of(db, keys), _invitation_ends(db, keys)
    members = [row.member_id for row in rows if row.member_id]
    member_names = select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(members))
    names = dict(db.execute(member_names).all())
    return [
        StaffAccount(
            id=row.id,
            login=row.login,
            name=names.get(row.member_id or ""),
            member_id=row.member_id,
            roles=tuple(roles.get(row.id, ())),
            factors=factors.get(row.id, frozenset()),
            has_password=row.password_hash is not None,
            invited_until=None if row.signed_in_at else invitations.get(row.id),
            signed_in_at=row.signed_in_at,
            disabled_at=row.disabled_at,
            version=row.row_version,
        )
        for row in rows
    ]


def _invitation_ends(db: Session, keys: Sequence[str]) -> dict[str, Utc]:
    conditions = (PrintedCodeRow.account_id.in_(keys), PrintedCodeRow.kind == CodeKind.INVITATION)
    rows = db.execute(
        select(PrintedCodeRow.account_id, PrintedCodeRow.expires_at).where(*conditions)
    )
    return {key: until for key, until in rows if key and until}

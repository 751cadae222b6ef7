"""The actor of an account, and who may administer an account."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.members import search
from controller.capabilities.members.changes import NeedsAdmin
from controller.capabilities.members.models import MemberRow
from controller.kernel.actor import Actor, Permission, Role

_ROLES = select(AccountRole.site_id, AccountRole.role).where(
    AccountRole.account_id == bindparam("account")
)


def actor_of(db: Session, row: AccountRow, *, ref: str | None = None) -> Actor:
    """Return the actor for requests of this account. If `ref` is given, the audit names it
    instead of the account."""
    roles = _roles(db, row.id)
    return Actor(
        ref=ref or f"account:{row.id}",
        roles=roles,
        account_id=row.id,
        member_id=row.member_id,
        likely_members=_likely_members(db, row, roles),
    )


def _likely_members(
    db: Session, row: AccountRow, roles: Mapping[str, frozenset[Role]]
) -> frozenset[str]:
    """Return the members who may own an account that is linked to no member and decides about
    money.

    These are the members with the account's address, or with the names in that address. Such an
    account must not decide about what its owner owes (decision 0275).
    """
    decides = any(Permission.MONEY_WRITE.roles & of_site for of_site in roles.values())
    if row.member_id is not None or not decides:
        return frozenset()
    addresses = {text.casefold() for text in (row.login, row.confirmed_email) if text}
    return frozenset(
        member.id
        for address in addresses
        for member in search.with_exact_words(db, address.partition("@")[0])
        if (member.email or "").casefold() in addresses
        or _has_these_names(member.display_name, address)
    )


def _has_these_names(name: str, address: str) -> bool:
    words = set(search.words(name))
    return len(words) > 1 and words == set(search.words(address.partition("@")[0]))


def administers(db: Session, row: AccountRow, actor: Actor) -> bool:
    """Whether the actor is an admin of every site at which the account has a role.

    For an account without roles: of the home site of its member.
    """
    roles = select(AccountRole.site_id).where(AccountRole.account_id == row.id)
    sites = set(db.scalars(roles))
    if not sites and row.member_id is not None:
        sites = {db.get_one(MemberRow, row.member_id).site_id}
    everywhere = all(actor.may(Permission.ACCOUNTS_WRITE, site) for site in sites)
    return actor.is_system or (bool(sites) and everywhere)


def require_may_grant(db: Session, row: AccountRow, actor: Actor) -> None:
    """Raise NeedsAdmin unless the actor may grant every staff role of the account.

    Staff roles are all but *member*, at any site. The roles of the actor's own account at all sites
    count, even if the page's actor is limited to one site.
    """
    if actor.is_system:
        return
    if actor.account_id is not None:
        actor = replace(actor, roles=_roles(db, actor.account_id))
    for site_id, roles in sorted(_roles(db, row.id).items()):
        if roles != {Role.MEMBER} and not actor.may(Permission.ACCOUNTS_WRITE, site_id):
            raise NeedsAdmin(site_id)


def is_staff(db: Session, account_id: str) -> bool:
    """Whether the account has a role other than *member* at any site."""
    return any(roles != {Role.MEMBER} for roles in _roles(db, account_id).values())


def _roles(db: Session, account_id: str) -> dict[str, frozenset[Role]]:
    """Return the account's roles by site."""
    roles: dict[str, frozenset[Role]] = {}
    for site_id, role in db.execute(_ROLES, {"account": account_id}):
        roles[site_id] = roles.get(site_id, frozenset()) | {role}
    return roles

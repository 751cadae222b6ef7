"""Who acts when an account does, and who is in charge of an account."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.members.models import MemberRow
from controller.kernel.actor import Actor, Permission
from controller.kernel.roles import Role

_ROLES = select(AccountRole.site_id, AccountRole.role).where(
    AccountRole.account_id == bindparam("account")
)


def actor_of(db: Session, row: AccountRow, *, ref: str | None = None) -> Actor:
    """Who acts when this account does."""
    pairs = db.execute(_ROLES, {"account": row.id})
    roles: dict[str, frozenset[Role]] = {}
    for site_id, role in pairs:
        roles[site_id] = roles.get(site_id, frozenset()) | {role}
    return Actor(
        ref=ref or f"account:{row.id}", roles=roles, account_id=row.id, member_id=row.member_id
    )


def administers(db: Session, row: AccountRow, actor: Actor) -> bool:
    """Whether the actor is an admin wherever the account is something.

    Of one that has no role, but is a member's: at that member's home site.
    """
    roles = select(AccountRole.site_id).where(AccountRole.account_id == row.id)
    sites = set(db.scalars(roles))
    if not sites and row.member_id is not None:
        sites = {db.get_one(MemberRow, row.member_id).site_id}
    everywhere = all(actor.may(Permission.ACCOUNTS_WRITE, site) for site in sites)
    return actor.is_system or (bool(sites) and everywhere)

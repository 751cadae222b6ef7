"""Who acts when an account does: its roles at each site, and the member behind it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.services.actor import Actor
from controller.store.models import AccountRole, AccountRow, Role


def actor_of(db: Session, row: AccountRow, *, ref: str | None = None) -> Actor:
    """Who acts when this account does."""
    pairs = db.execute(
        select(AccountRole.site_id, AccountRole.role).where(AccountRole.account_id == row.id)
    )
    roles: dict[str, frozenset[Role]] = {}
    for site_id, role in pairs:
        roles[site_id] = roles.get(site_id, frozenset()) | {role}
    return Actor(
        ref=ref or f"account:{row.id}", roles=roles, account_id=row.id, member_id=row.member_id
    )

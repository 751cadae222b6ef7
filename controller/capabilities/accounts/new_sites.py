"""A new site begins with an admin, and is no weaker than the others."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole, SecondFactorRule
from controller.capabilities.places.changes import SiteMade
from controller.capabilities.places.models import SiteRow
from controller.kernel import audit
from controller.kernel.roles import Role


def begin(db: Session, made: SiteMade) -> None:
    """Whoever made the site is its admin; it asks for a second factor if every other site does."""
    account = made.actor.account_id
    if account is None:
        return
    db.add(AccountRole(account_id=account, site_id=made.site_id, role=Role.ADMIN))
    ref, roles = f"account:{account}", [Role.ADMIN.value]
    audit.record(db, made.actor, made.now, "roles_set", ref, made.site_id, roles=roles)
    others = db.scalar(select(func.count()).where(SiteRow.id != made.site_id))
    if db.scalar(select(func.count()).select_from(SecondFactorRule)) == others:
        db.add(SecondFactorRule(site_id=made.site_id, since=made.now))
        subject = f"site:{made.site_id}"
        audit.record(db, made.actor, made.now, "second_factor_required", subject, made.site_id)
    db.flush()

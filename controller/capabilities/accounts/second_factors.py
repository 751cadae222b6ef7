"""Second factors of accounts, and the sites that require one of managers and admins."""

from collections.abc import Collection

from sqlalchemy import bindparam, delete, select, union_all
from sqlalchemy.orm import Session

from controller.capabilities.accounts import codes
from controller.capabilities.accounts.models import (
    AccountRole,
    AuthenticatorRow,
    PasskeyRow,
    SecondFactorRule,
)
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Conflict

ROLES_WITH_FACTOR = (Role.MANAGER, Role.ADMIN)
"""Roles for which a site may require a second factor, since they change other people's rights."""
_RULES_OF_ACCOUNT = (
    select(SecondFactorRule.site_id)
    .join(AccountRole, AccountRole.site_id == SecondFactorRule.site_id)
    .where(AccountRole.account_id == bindparam("account"), AccountRole.role.in_(ROLES_WITH_FACTOR))
)


def factors_of(db: Session, account_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the factors (`authenticator`, `passkey`) by account; accounts without any are left
    out."""
    confirmed = AuthenticatorRow.confirmed_at.is_not(None)
    seeds = select(AuthenticatorRow.account_id).where(
        confirmed, AuthenticatorRow.account_id.in_(account_ids)
    )
    keys = select(PasskeyRow.account_id).where(PasskeyRow.account_id.in_(account_ids)).distinct()
    factors: dict[str, frozenset[str]] = {}
    for factor, statement in (("authenticator", seeds), ("passkey", keys)):
        for key in db.scalars(statement):
            factors[key] = factors.get(key, frozenset()) | {factor}
    return factors


def has_factor(db: Session, account_id: str) -> bool:
    """Whether the account has a second factor."""
    confirmed = AuthenticatorRow.confirmed_at.is_not(None)
    seed = select(AuthenticatorRow.account_id).where(
        confirmed, AuthenticatorRow.account_id == account_id
    )
    key = select(PasskeyRow.account_id).where(PasskeyRow.account_id == account_id)
    return db.scalars(union_all(seed, key).limit(1)).first() is not None


def sites_requiring(db: Session, account_id: str) -> frozenset[str]:
    """Return the sites that require a second factor which the account doesn't have."""
    sites = frozenset(db.scalars(_RULES_OF_ACCOUNT, {"account": account_id}))
    return frozenset() if not sites or has_factor(db, account_id) else sites


def is_required(db: Session, site_id: str) -> bool:
    """Whether the site requires a second factor of its managers and admins."""
    return db.get(SecondFactorRule, site_id) is not None


def require(db: Session, site_id: str, *, required: bool, actor: Actor, now: Utc) -> None:
    """Require a second factor at the site, or no longer.

    Raises Forbidden, and Conflict when the actor has no second factor.
    """
    actor.require(Permission.ACCOUNTS_WRITE, site_id)
    if required is is_required(db, site_id):
        return
    if required and not (actor.account_id and has_factor(db, actor.account_id)):
        raise Conflict("set up a second factor for your own account first")
    db.execute(delete(SecondFactorRule).where(SecondFactorRule.site_id == site_id))
    if required:
        db.add(SecondFactorRule(site_id=site_id))
    db.flush()
    action = "second_factor_required" if required else "second_factor_optional"
    audit.record(db, actor, now, action, f"site:{site_id}", site_id)


def remove_all(db: Session, account_id: str) -> None:
    """Remove all second factors of the account."""
    for model in (AuthenticatorRow, PasskeyRow):
        db.execute(delete(model).where(model.account_id == account_id))
    delete_useless_codes(db, account_id)


def delete_useless_codes(db: Session, account_id: str) -> None:
    """Delete the account's second-factor codes if it has no second factor left."""
    if not has_factor(db, account_id):
        codes.forget_second_factor(db, account_id)

"""A place may ask all but one account to sign in by its provider: who may still do otherwise."""

from controller.capabilities.accounts import providers
from controller.capabilities.accounts.sign_ins import Account, login_identity
from controller.kernel.database import Session
from webui.context import context


def is_on() -> bool:
    """Whether the place asks for it."""
    return context().settings.oidc.recovery_login is not None


def is_recovery(login: str) -> bool:
    """Whether it is the one account that signs in otherwise."""
    found = context().settings.oidc.recovery_login
    return found is not None and login_identity(found) == login_identity(login)


def waits_for(db: Session, who: Account) -> bool:
    """Whether an account opens nothing but its own page until it is linked to the provider."""
    return is_on() and not is_recovery(who.login) and not _is_linked(db, who.id)


def refuses(db: Session, account_id: str, login: str) -> bool:
    """Whether an account signs in by the provider alone: it is linked, and no longer needs more."""
    return is_on() and not is_recovery(login) and _is_linked(db, account_id)


def _is_linked(db: Session, account_id: str) -> bool:
    return providers.is_linked(db, account_id, context().settings.oidc.issuer or "")

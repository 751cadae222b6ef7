"""A site may require sign-in by its OpenID provider for all accounts but one, the recovery
account."""

from controller.capabilities.accounts import providers
from controller.capabilities.accounts.sign_ins import Account, login_identity
from controller.kernel.database import Session
from webui.context import context


def is_on() -> bool:
    """Whether the site requires sign-in by the provider."""
    return context().settings.oidc.recovery_login is not None


def is_recovery(login: str) -> bool:
    """Whether this is the recovery account, which may sign in with a password."""
    recovery = context().settings.oidc.recovery_login
    return recovery is not None and login_identity(recovery) == login_identity(login)


def must_link(db: Session, who: Account) -> bool:
    """Whether the account must first be linked to the provider.

    Until then it opens only its own page.
    """
    return is_on() and not is_recovery(who.login) and not _is_linked(db, who.id)


def refuses_password(db: Session, account_id: str, login: str) -> bool:
    """Whether the account may no longer sign in with a password, since it is linked to the
    provider."""
    return is_on() and not is_recovery(login) and _is_linked(db, account_id)


def _is_linked(db: Session, account_id: str) -> bool:
    return providers.is_linked(db, account_id, context().settings.oidc.issuer or "")

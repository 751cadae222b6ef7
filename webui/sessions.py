"""Sessions of signed-in accounts: Flask-Login on top of the sign-ins, checked at every request."""

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from controller.capabilities.accounts import sign_ins
from controller.capabilities.places import sites
from controller.kernel.database import Session
from webui import form_recovery, known_devices, only_provider
from webui.context import context
from webui.guard import SignedIn, account

SIGN_IN = "sign_in"
"""Key in the session cookie: the secret of the sign-in's row in the database."""


def install(app: Flask) -> None:
    """Configure Flask-Login to find the account of a session cookie."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.user_loader(load)
    manager.init_app(app, add_context_processor=False)  # templates ask the guard


def load(account_id: str) -> SignedIn | None:
    """Return the account, or None if its sign-in has ended."""
    secret = sign_in_secret()
    if secret is None:
        return None
    with context().database.read() as db:
        account = sign_ins.current_account(db, secret, now=context().clock())
        return as_user(db, account) if account is not None and account.id == account_id else None


def sign_in_secret() -> str | None:
    """Return the secret of this browser's sign-in, or None."""
    secret = session.get(SIGN_IN)
    return secret if isinstance(secret, str) else None


def as_user(db: Session, account: sign_ins.Account) -> SignedIn:
    """Return the account as Flask-Login wants it; the configured site comes first."""
    configured_site = context().settings.site.id
    visible = sites.visible_sites(db, account.actor)
    # an account that must be linked to the provider opens its own page only, as without its factor
    unlinked_at = {place.id for place in visible} if only_provider.must_link(db, account) else set()
    return SignedIn(
        id=account.id,
        login=account.login,
        language=account.language,
        actor=account.actor,
        sign_in=account.sign_in,
        proved_at=account.proved_at,
        lacks_factor_at=frozenset(unlinked_at) or account.lacks_factor_at,
        sites=tuple(sorted(visible, key=lambda place: place.id != configured_site)),
    )


def enter(passed: sign_ins.SignInResult) -> None:
    """Sign the account in, from this response on."""
    with context().database.read() as db:
        who = as_user(db, passed.account)
    begin(who, passed.secret)
    if passed.account.proved_at is not None:
        known_devices.remember(who.id)


def begin(who: SignedIn, secret: str) -> None:
    """Start a new session: nothing that the cookie held before survives (session fixation)."""
    session.clear()
    session.permanent = True
    session[SIGN_IN] = secret
    session[form_recovery.TOKEN] = form_recovery.token_of(who.id)
    generate_csrf()  # now, so that no later response has a reason to set the cookie
    login_user(who)


def end(*, everywhere: bool = False) -> None:
    """End this browser's sign-in, or all of the account's, and forget everything else."""
    who, secret = account(), sign_in_secret()
    if who is not None and secret is not None:
        with context().database.write() as db:
            if everywhere:
                sign_ins.sign_out_everywhere(db, who.id)
            sign_ins.sign_out(db, secret)
    logout_user()
    session.clear()

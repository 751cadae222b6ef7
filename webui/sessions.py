"""Signed-in sessions: Flask-Login over the services' accounts, checked anew at every request."""

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from controller.capabilities.accounts import accounts
from controller.capabilities.places import sites
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.context import context
from webui.guard import SignedIn

SINCE = "signed_in_at"


def install(app: Flask) -> None:
    """Let Flask-Login find who a session cookie names."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.user_loader(load)
    manager.init_app(app, add_context_processor=False)  # templates ask the guard


def load(account_id: str) -> SignedIn | None:
    """The account, unless it was disabled or signed out everywhere since."""
    since = session.get(SINCE)
    if not isinstance(since, str):
        return None
    with context().database.read() as db:
        found = accounts.current(
            db, account_id=account_id, signed_in_at=Utc.parse(since), now=context().clock()
        )
        return None if found is None else as_user(db, found)


def as_user(db: Session, found: accounts.Account) -> SignedIn:
    """An account of the services as Flask-Login wants it; the configured site is its first."""
    own = context().settings.site.id
    seen = sites.seen_by(db, found.actor)
    return SignedIn(
        id=found.id,
        login=found.login,
        language=found.language,
        actor=found.actor,
        sites=tuple(sorted(seen, key=lambda each: each.id != own)),
    )


def begin(who: SignedIn) -> None:
    """Start a session of its own: nothing that was in the cookie before survives (fixation)."""
    session.clear()
    session.permanent = True
    session[SINCE] = context().clock().text()
    generate_csrf()  # now, so that no later answer has a reason to set the cookie
    login_user(who)


def end() -> None:
    """Forget who was signed in, and everything else."""
    logout_user()
    session.clear()

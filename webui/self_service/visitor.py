"""The member at a terminal, kept in the browser's session; used only on pages for terminals."""

from flask import Flask, g, session
from flask_login import logout_user
from flask_wtf.csrf import generate_csrf

from controller.capabilities.places import sites
from controller.capabilities.self_service import visits
from webui import language
from webui.context import context
from webui.guard import TERMINAL, VISITOR, SignedIn

KEY = "visit"
"""Key in the session cookie: the secret of the visit's row."""


def install(app: Flask) -> None:
    """Register the visitor with the guard."""
    app.extensions[VISITOR] = visitor


def visitor() -> SignedIn | None:
    """Return the member at the terminal, or None once a minute has passed without a touch.

    The request itself counts as a touch.
    """
    secret, web = _secret(), context()
    if secret is None:
        return None
    now = web.clock()
    with web.database.read() as db:
        visit = visits.current(db, secret, now=now)
        at = [] if visit is None else sites.visible_sites(db, visit.actor)
    if visit is None:
        return None
    with web.database.write() as db:
        visits.touch(db, secret, now=now)
    g.visitor = SignedIn(
        id="visit",
        login=visit.name,
        language=visit.language,
        actor=visit.actor,
        sites=tuple(site for site in at if site.id == visit.site_id),
        at_terminal=True,
    )
    language.choose()
    return g.visitor  # type: ignore[no-any-return]


def begin(secret: str, terminal: str) -> None:
    """Start a visit, and sign out any account in this browser."""
    logout_user()
    session.clear()
    session[KEY], session[TERMINAL] = secret, terminal
    generate_csrf()


def end() -> None:
    """End the visit; the browser's session keeps only that this is a terminal."""
    secret, terminal = _secret(), session.get(TERMINAL)
    if secret is not None:
        with context().database.write() as db:
            visits.end(db, secret)
    session.clear()
    if terminal is not None:
        session[TERMINAL] = terminal


def _secret() -> str | None:
    secret = session.get(KEY)
    return secret if isinstance(secret, str) else None

"""Who stands at a terminal, in the browser's session: on pages for terminals and on no other."""

from collections.abc import Iterable

from flask import Flask, g, session
from flask_login import logout_user
from flask_wtf.csrf import generate_csrf

from controller.capabilities.places import sites
from controller.capabilities.places.shapes import Site
from controller.capabilities.self_service import visits
from webui import language
from webui.context import context
from webui.guard import TERMINAL, VISITOR, SignedIn

KEY = "visit"
"""In the cookie: the secret that the visit's row is known by."""


def install(app: Flask) -> None:
    """Let the guard find them."""
    app.extensions[VISITOR] = visitor


def visitor() -> SignedIn | None:
    """Who stands there; None once a minute has gone without a touch. What they ask is a touch."""
    secret, given = _secret(), context()
    if secret is None:
        return None
    now = given.clock()
    with given.database.read() as db:
        found = visits.current(db, secret, now=now)
        at = [] if found is None else sites.visible_sites(db, found.actor)
    if found is None:
        return None
    with given.database.write() as db:
        visits.touch(db, secret, now=now)
    g.visitor = _as_user(found, at)
    language.choose()
    return g.visitor  # type: ignore[no-any-return]


def _as_user(found: visits.Visit, at: Iterable[Site]) -> SignedIn:
    return SignedIn(
        id="visit",
        login=found.name,
        language=found.language,
        actor=found.actor,
        sites=tuple(site for site in at if site.id == found.site_id),
        at_terminal=True,
    )


def begin(secret: str, terminal: str) -> None:
    """From this answer on they are there; nobody is signed in in this browser any more."""
    logout_user()
    session.clear()
    session[KEY], session[TERMINAL] = secret, terminal
    generate_csrf()


def end() -> None:
    """They are done: nothing of them stays in this browser but that it is a terminal."""
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

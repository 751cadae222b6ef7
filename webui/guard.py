"""Who may open which page of which site: one guard for every view, over the table of roles."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec

from flask import abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from controller.capabilities.places.shapes import Site
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An account that has signed in, as Flask-Login wants it."""

    id: str
    login: str
    language: Language
    actor: Actor
    sites: tuple[Site, ...]
    """Those that it sees: where it has a role. First the one to begin with."""
    sign_in: str = ""
    """Which of the account's sign-ins this browser's is."""
    proved_at: Utc | None = None
    """When a password or a passkey was last given here."""
    lacks_at: frozenset[str] = frozenset()
    """The sites whose pages wait for a second factor of this account."""
    at_terminal: bool = False
    """A member who stands at a terminal of the place, without an account."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the session cookie names it by."""
        return self.id


LOADED = "_login_user"
"""Key under which Flask-Login caches the user of a request."""
VISITOR = "visitor"
"""The extension that finds who stands at a terminal, and where it notes them for this request."""
TERMINAL = "terminal"
"""In the session of a browser that is one: its secret address."""


def account() -> SignedIn | None:
    """The signed-in account, or None; on terminal pages also the visitor."""
    found = g._get_current_object()  # looked up once: a page asks a hundred times
    if found.get("is_stranger"):
        return None
    if (visitor := found.get(VISITOR)) is not None:
        return visitor  # type: ignore[no-any-return]
    who: object = found.get(LOADED) or current_user._get_current_object()
    return who if isinstance(who, SignedIn) else None


def as_stranger() -> None:
    """From here on nobody is signed in: who it is can't be read."""
    g.is_stranger = True


def is_part() -> bool:
    """Whether htmx asks, for a part of a page."""
    return "HX-Request" in request.headers


def current_site() -> Site | None:
    """The site that the address names (`/s/<site>/…`), or the only one that the account sees.

    None when the account does not see that site, or sees several and the address names none.
    """
    who = account()
    sites = who.sites if who else ()
    named = _named()
    if named is None:
        return sites[0] if len(sites) == 1 else None
    return next((place for place in sites if place.id == named), None)


def _named() -> str | None:
    """What stands in the place of a site in the address; on error pages too."""
    _root, mark, *rest = request.path.split("/", 3)
    return rest[0] if mark == "s" and rest else None


def site() -> Site:
    """The site of this page; only in guarded views."""
    return current_site() or abort(404)


def own_member() -> str:
    """The member behind the account; 404 for an account of nobody who comes."""
    return actor().member_id or abort(404)


def actor() -> Actor:
    """Who acts on this page: with the roles at its site and at no other.

    So no view reads or changes anything of another site, whatever the address or a form names.
    """
    who = account() or abort(401)
    at = site().id
    return replace(who.actor, roles={at: who.actor.roles[at]})


def is_allowed(permission: Permission) -> bool:
    """Whether the current account has a permission at the site of this page."""
    who, at = account(), current_site()
    return who is not None and at is not None and who.actor.may(permission, at.id)


def guard(
    view: View[...],
    permission: Permission,
    instead: View[[]] | None,
    needs_factor: bool = True,
    at_terminal: bool = False,
) -> View[...]:
    """Open a view to those with a permission at its site.

    Others are asked to sign in, or told 403, or shown `instead`; 404 at a site they don't see. Who
    must have a second factor at the site, and has none, is led to where one is made. To all views
    but those for terminals, whoever stands at one is a stranger.
    """

    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        who = account() or (current_app.extensions[VISITOR]() if at_terminal else None)
        if who is None:
            return ask_to_sign_in()
        named = values.pop("site", None)
        if named is None and len(who.sites) > 1:
            return _to_a_site(who, permission, values)
        if named is not None and current_site() is None:
            abort(404)
        if not is_allowed(permission):
            if instead is None or is_part():
                abort(403)
            return instead()
        if needs_factor and site().id in who.lacks_at:
            return _to_a_factor()
        return view(**values)

    return guarded


def _to_a_site(who: SignedIn, permission: Permission, values: Any) -> ResponseReturnValue:
    """From an address without a site to the same page at the first site where it opens.

    A form is not passed on: nobody said of which site it speaks.
    """
    if request.method == "POST" or request.endpoint is None:
        abort(400)
    opens = (place for place in who.sites if who.actor.may(permission, place.id))
    to = url_for(request.endpoint, site=next(opens, who.sites[0]).id, **values)
    query = request.query_string.decode("ascii", "replace")
    return redirect(f"{to}?{query}" if query else to)


def _to_a_factor() -> ResponseReturnValue:
    if is_part():
        abort(403)
    return redirect(url_for("me.show"), 303)


def ask_to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back; a part of a page is told 401 instead.

    A browser that is a terminal: to where one enters by badge and code.
    """
    if is_part():
        abort(401)
    from webui import form_recovery  # it asks who is signed in, which is told here

    if isinstance(terminal := session.get(TERMINAL), str):
        return redirect(url_for("terminal.show", key=terminal), 303)
    if (kept := form_recovery.answer()) is not None:
        return kept
    back = request.full_path.rstrip("?") if request.method == "GET" else url_for("live.show")
    return redirect(url_for("signin.sign_in", next=back))

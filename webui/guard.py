"""Who may open which page at which site: one guard for all views, based on roles."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec
from zoneinfo import ZoneInfo

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
    """A signed-in account, in the form that Flask-Login expects."""

    id: str
    login: str
    language: Language
    actor: Actor
    sites: tuple[Site, ...]
    """The sites at which the account has a role; the first is its start page's."""
    sign_in: str = ""
    """Id of the sign-in in this browser."""
    proved_at: Utc | None = None
    """When a password or a passkey was last verified here."""
    lacks_factor_at: frozenset[str] = frozenset()
    """Sites that require a second factor which this account does not have."""
    at_terminal: bool = False
    """Whether this is a member at a terminal of the place, without an account."""

    @property
    def open_actor(self) -> Actor:
        """The actor with its roles at all sites but those whose pages are closed to it."""
        return self.actor.without_sites(self.lacks_factor_at)

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the id that the session cookie stores."""
        return self.id


LOGIN_USER_KEY = "_login_user"
"""Key under which Flask-Login caches the user of a request."""
VISITOR = "visitor"
"""Key of the extension that finds the member at a terminal, and of `g`, where it stores them."""
TERMINAL = "terminal"
"""Session key of a browser that is a terminal: the terminal's secret."""


def account() -> SignedIn | None:
    """Return the signed-in account or None; on terminal pages also the member at the terminal."""
    user = g._get_current_object()  # looked up only once, as a page calls this a hundred times
    if user.get("is_stranger"):
        return None
    if (visitor := user.get(VISITOR)) is not None:
        return visitor  # type: ignore[no-any-return]
    who: object = user.get(LOGIN_USER_KEY) or current_user._get_current_object()
    return who if isinstance(who, SignedIn) else None


def sign_out_of_request() -> None:
    """From here on treat the request as not signed in, because accounts can't be read."""
    g.is_stranger = True


def is_htmx_request() -> bool:
    """Return whether htmx requests a part of a page."""
    return "HX-Request" in request.headers


def current_site() -> Site | None:
    """Return the site that the address names (`/s/<site>/…`), or the account's only site.

    None if the account does not see that site, or sees several and the address names none.
    """
    who = account()
    sites = who.sites if who else ()
    site_in_address = _site_in_address()
    if site_in_address is None:
        return sites[0] if len(sites) == 1 else None
    return next((place for place in sites if place.id == site_in_address), None)


def _site_in_address() -> str | None:
    """Return the site's id in the address, or None; this works on error pages too."""
    _root, mark, *rest = request.path.split("/", 3)
    return rest[0] if mark == "s" and rest else None


def site() -> Site:
    """Return the site of this page; only in guarded views."""
    return current_site() or abort(404)


def site_zone() -> ZoneInfo:
    """Return the time zone of the request's site."""
    return ZoneInfo(site().time_zone)


def own_member() -> str:
    """Return the id of the account's member; 404 for an account without one."""
    return actor().member_id or abort(404)


def actor() -> Actor:
    """Return the actor of this page, with the roles at its site only.

    So no view reads or changes anything of another site, whatever the address or a form names.
    """
    who = account() or abort(401)
    site_id = site().id
    return replace(who.actor, roles={site_id: who.actor.roles[site_id]})


def is_allowed(permission: Permission) -> bool:
    """Return whether the current account has a permission at the site of this page."""
    who, at = account(), current_site()
    return who is not None and at is not None and who.actor.may(permission, at.id)


def guard(
    view: View[...],
    permission: Permission,
    instead: View[[]] | None,
    needs_factor: bool = True,
    at_terminal: bool = False,
) -> View[...]:
    """Return the view, open only to those with a permission at its site.

    Others are asked to sign in, get a 403 or see `instead`; 404 at a site they don't see. Accounts
    without a required second factor are sent to the page where they can add one. A member at a
    terminal counts as signed in only with `at_terminal`.
    """

    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        who = account() or (current_app.extensions[VISITOR]() if at_terminal else None)
        if who is None:
            return ask_to_sign_in()
        site_in_address = values.pop("site", None)
        if site_in_address is None and len(who.sites) > 1:
            return _redirect_to_a_site(who, permission, values)
        if site_in_address is not None and current_site() is None:
            abort(404)
        if not is_allowed(permission):
            if instead is None or is_htmx_request():
                abort(403)
            return instead()
        if needs_factor and site().id in who.lacks_factor_at:
            return _redirect_to_second_factor()
        return view(**values)

    return guarded


def _redirect_to_a_site(who: SignedIn, permission: Permission, values: Any) -> ResponseReturnValue:
    """Redirect from an address without a site to the same page at the first site where it opens.

    A form is not redirected, as it does not say which site it is for.
    """
    if request.method == "POST" or request.endpoint is None:
        abort(400)
    opens = (place for place in who.sites if who.actor.may(permission, place.id))
    to = url_for(request.endpoint, site=next(opens, who.sites[0]).id, **values)
    query = request.query_string.decode("ascii", "replace")
    return redirect(f"{to}?{query}" if query else to)


def _redirect_to_second_factor() -> ResponseReturnValue:
    if is_htmx_request():
        abort(403)
    return redirect(url_for("me.show"), 303)


def ask_to_sign_in() -> ResponseReturnValue:
    """Redirect to the sign-in page and back; a part of a page gets a 401 instead.

    A browser that is a terminal is sent to the terminal's own sign-in by badge and code.
    """
    if is_htmx_request():
        abort(401)
    from webui import form_recovery  # imported here, as that module imports this one

    if isinstance(terminal := session.get(TERMINAL), str):
        return redirect(url_for("terminal.show", key=terminal), 303)
    if (answer := form_recovery.recover()) is not None:
        return answer
    back = request.full_path.rstrip("?") if request.method == "GET" else url_for("live.show")
    return redirect(url_for("signin.sign_in", next=back))

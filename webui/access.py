"""Which pages an account opens: one guard for every view, over the services' table of roles."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from controller.domain.facts import Language
from controller.kernel.actor import Actor, Permission
from webui.context import context

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
PART = "X-Loquet-Part"
"""Header of a request for a part of a page: it is told 401, not sent to the sign-in page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An account that has signed in, as Flask-Login wants it."""

    id: str
    login: str
    language: Language
    actor: Actor

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the session cookie names it by."""
        return self.id


def account() -> SignedIn | None:
    """Who is signed in, or None."""
    who: object = current_user._get_current_object()
    return who if isinstance(who, SignedIn) else None


def actor() -> Actor:
    """Who acts; only in views behind `require`."""
    who = account()
    if who is None:
        abort(401)
    return who.actor


def allowed(permission: Permission) -> bool:
    """Whether the current account has a permission at this place."""
    who = account()
    return who is not None and who.actor.may(permission, context().settings.site.id)


def require(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Open a view to those with a permission: others are asked to sign in, or told no."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if account() is None:
                return ask_to_sign_in()
            if not allowed(permission):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


def ask_to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back; a part of a page or a stream is told 401 instead."""
    if PART in request.headers or "HX-Request" in request.headers:
        abort(401)
    here = request.full_path.rstrip("?") if request.method == "GET" else url_for("live.show")
    return redirect(url_for("signin.sign_in", next=here))

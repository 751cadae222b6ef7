"""Sign in and out."""

import logging

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import printed_codes, sign_ins
from controller.capabilities.accounts.logins import login_identity
from controller.live import Live
from webui import errors, sessions
from webui.addresses import inside
from webui.context import context
from webui.guard import account
from webui.i18n import _
from webui.limits import TryLimit, origin
from webui.room import Pages

TRIES = 8
TRIES_FROM_ADDRESS = 40
WINDOW_S = 300

pages = Pages("signin", __name__)
_log = logging.getLogger(__name__)


class Tries:
    """The limits: for one login from one address, and for one address whatever the login.

    A login alone has none: else a stranger locks out whose it is.
    """

    def __init__(self, live: Live) -> None:
        self._both = TryLimit("login", TRIES, WINDOW_S, live)
        self._address = TryLimit("address", TRIES_FROM_ADDRESS, WINDOW_S, live)

    def take(self, login: str, address: str) -> int:
        """Count a try; the seconds to wait."""
        return self._address.take(address) or self._both.take(login, address)

    def right(self, login: str, address: str) -> None:
        """It was no guess."""
        self._address.give_back(address)
        self._both.forget(login, address)


def tries() -> Tries:
    """Those of this application."""
    found: Tries = current_app.extensions.setdefault("sign-in tries", Tries(context().live))
    return found


@pages.get("/sign-in", None)
def sign_in() -> ResponseReturnValue:
    """The form; who is signed in already goes on."""
    if account() is not None:
        return redirect(inside(request.args.get("next")), 303)
    with context().database.read() as db:
        if printed_codes.is_nobody_there(db):
            return redirect(url_for("first.show"), 303)
    return _form(inside(request.args.get("next")))


@pages.post("/sign-in", None)
def check() -> ResponseReturnValue:
    """Count the try, then check the password; after too many, ask to wait."""
    login = request.form.get("login", "").strip()
    key, address = login_identity(login), origin(request.remote_addr)
    if wait_s := tries().take(key, address):
        return too_many(wait_s)
    given = context()
    found = sign_ins.sign_in(
        given.database, login=key, password=request.form.get("password", ""), now=given.clock()
    )
    wanted = inside(request.form.get("next"))
    if found is None:
        _log.info("sign-in refused from %s", address)
        return _form(wanted, login, _("Ce compte et ce mot de passe ne vont pas ensemble.")), 422
    tries().right(key, address)
    with given.database.read() as db:
        who = sessions.as_user(db, found[0])
    sessions.begin(who, found[1])
    return redirect(wanted, 303)


@pages.post("/sign-out", None)
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    sessions.end()
    return redirect(url_for("signin.sign_in"), 303)


@pages.post("/sign-out-everywhere", None)
def sign_out_everywhere() -> ResponseReturnValue:
    """End this account's sessions in all browsers: one was lost, or lent."""
    sessions.end(everywhere=True)
    return redirect(url_for("signin.sign_in"), 303)


def _form(wanted: str, login: str = "", wrong: str = "") -> str:
    return render_template("signin/signin.html", next=wanted, login=login, wrong=wrong)


def too_many(wait_s: int) -> Response:
    """Ask to wait."""
    page = render_template("errors/error.html", error=errors.page(429))
    return make_response(page, 429, {"Retry-After": str(wait_s)})

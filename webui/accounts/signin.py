"""Sign in and out."""

import logging

from flask import abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import accounts
from controller.live import Live
from webui import sessions
from webui.addresses import inside
from webui.context import context
from webui.guard import account
from webui.i18n import _
from webui.limits import TryLimit
from webui.room import Pages

TRIES = 8
TRIES_FROM_ADDRESS = 40
WINDOW_S = 300.0

pages = Pages("signin", __name__)
_log = logging.getLogger(__name__)


class Tries:
    """The limits: for one account, and for one address whatever the account."""

    def __init__(self, live: Live) -> None:
        self.by_login = TryLimit("login", TRIES, WINDOW_S, live)
        self.by_address = TryLimit("address", TRIES_FROM_ADDRESS, WINDOW_S, live)


def _tries() -> Tries:
    found: Tries = current_app.extensions.setdefault("sign-in tries", Tries(context().live))
    return found


@pages.get("/sign-in", None)
def sign_in() -> ResponseReturnValue:
    """The form; who is signed in already goes on."""
    if account() is not None:
        return redirect(inside(request.args.get("next")), 303)
    return _form(inside(request.args.get("next")))


@pages.post("/sign-in", None)
def check() -> ResponseReturnValue:
    """Check the password; after too many wrong ones, ask to wait."""
    login = request.form.get("login", "").strip().lower()
    address = request.remote_addr or ""
    tries = _tries()
    if tries.by_login.blocked(login) or tries.by_address.blocked(address):
        abort(429)
    with context().database.write() as db:
        found = accounts.sign_in(
            db, login=login, password=request.form.get("password", ""), now=context().clock()
        )
        who = None if found is None else sessions.as_user(db, found)
    wanted = inside(request.form.get("next"))
    if who is None:
        tries.by_login.failed(login)
        tries.by_address.failed(address)
        _log.info("sign-in refused from %s", address)
        return _form(wanted, login, _("Ce compte et ce mot de passe ne vont pas ensemble.")), 422
    tries.by_login.forget(login)
    sessions.begin(who)
    return redirect(wanted, 303)


@pages.post("/sign-out", None)
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    sessions.end()
    return redirect(url_for("signin.sign_in"), 303)


def _form(wanted: str, login: str = "", wrong: str = "") -> str:
    return render_template("signin/signin.html", next=wanted, login=login, wrong=wrong)

"""Ask for the password again before a grave action, if signing in was a while ago."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import passkeys as keys
from controller.capabilities.accounts import providers, sign_ins
from controller.kernel.errors import Invalid
from webui import known_devices, passkeys, sessions
from webui.addresses import safe_address
from webui.context import context
from webui.guard import SignedIn, account, is_part
from webui.i18n import _
from webui.limits import TryLimit

LASTS = timedelta(minutes=5)
TRIES, WINDOW_S = 8, 300
PASSWORD, PASSKEY, LOGIN = "look_password", "credential", "look_username"
"""The form's own fields, beside those that wait; the last is for the browser's memory alone."""
_ASIDE = (PASSWORD, PASSKEY, LOGIN, "csrf_token")


def require_reauthentication(
    view: Callable[..., ResponseReturnValue], *, sends_file: bool = False
) -> Callable[..., ResponseReturnValue]:
    """Require a password or passkey before the form is processed; the input is kept.

    With a file the browser would stay on the question: the file comes from a page that says so.
    """

    @wraps(view)
    def looked(**values: Any) -> ResponseReturnValue:
        who = account() or abort(401)
        if is_recent(who):
            return view(**values)
        if is_part():
            abort(403)
        if PASSWORD not in request.form:
            return _ask()
        if wait_s := take(who.id):
            return too_many(wait_s)
        if not _is_them(who):
            return _ask(_("That is not correct for this account. Try again."))
        right(who.id)
        with context().database.write() as db:
            sign_ins.prove(db, sessions.sign_in_secret() or "", at=context().clock())
        return _render("file.html") if sends_file else view(**values)

    return looked


def is_recent(who: SignedIn) -> bool:
    """Whether password or passkey was given here within five minutes."""
    return who.proved_at is not None and context().clock() - who.proved_at < LASTS


def _is_them(who: SignedIn) -> bool:
    given = context()
    answer, to = request.form.get(PASSKEY, ""), passkeys.party()
    if answer and to is not None:
        try:
            with given.database.write() as db:
                found = keys.whose(db, passkeys.step(), answer, to, now=given.clock())
                return found.id == who.id
        except Invalid:
            return False
    return sign_ins.is_password(given.database, who.id, request.form[PASSWORD])


def take(account_id: str) -> int:
    """Count a try of the account's own secrets; the seconds to wait.

    A device that the account knows has a count of its own: who signs in elsewhere by a provider's
    open session, and guesses there, keeps its owner from nothing.
    """
    return _tries().take(account_id, known_devices.of_account(account_id))


def right(account_id: str) -> None:
    """It was no guess."""
    _tries().forget(account_id, known_devices.of_account(account_id))


def _tries() -> TryLimit:
    made = TryLimit("look", TRIES, WINDOW_S, context().live)
    found: TryLimit = current_app.extensions.setdefault("second look tries", made)
    return found


def _ask(wrong: str = "") -> ResponseReturnValue:
    back = safe_address(urlsplit(request.referrer or "").path)
    said = {"wrong": wrong, "party": passkeys.party(), "provider": _provider(), "back": back}
    return _render("look.html", **said), 403


def _render(template: str, **values: Any) -> str:
    """A page with the form that waits."""
    waits = [field for field in request.form.items(multi=True) if field[0] not in _ASIDE]
    action = request.full_path.rstrip("?")
    return render_template(template, action=action, waits=waits, **values)


def _provider() -> str:
    """What the provider is called by which this account can show it; empty: by none."""
    given, who = context(), account()
    oidc = given.settings.oidc
    if who is None or not oidc.is_on:
        return ""
    with given.database.read() as db:
        return oidc.name if providers.is_linked(db, who.id, oidc.issuer or "") else ""


def too_many(wait_s: int) -> Response:
    """Ask to wait."""
    from webui import errors  # it needs the pages' frame, which needs the features

    page = render_template("errors/error.html", error=errors.page(429))
    return make_response(page, 429, {"Retry-After": str(wait_s)})

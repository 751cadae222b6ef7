"""Sign in and out."""

import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import (
    accounts,
    authenticators,
    passkeys,
    printed_codes,
    second_factors,
    second_steps,
    sign_ins,
)
from controller.capabilities.accounts.sign_ins import login_identity
from controller.capabilities.agents.web_authority import has_authority
from controller.kernel.errors import Invalid
from controller.live import Live
from webui import errors, form_recovery, known_devices, only_provider, sessions
from webui import passkeys as browser_keys
from webui.addresses import safe_address
from webui.browsers import browser
from webui.context import context
from webui.feature import Pages
from webui.guard import account
from webui.i18n import _
from webui.limits import SlowLimit, TryLimit, counted_address
from webui.undo import flash_done

TRIES = 8
"""Tries of one login from one address, or from one known device, within `WINDOW_S` seconds."""
TRIES_FROM_ADDRESS = 40
"""Tries from one address within `WINDOW_S` seconds, whatever the login."""
BEGINNINGS = 200
"""Beginnings of sign-ins by passkey or provider, from one address or known device, within
`WINDOW_S` seconds. They guess nothing, so this only protects the server."""
WINDOW_S = 300

pages = Pages("signin", __name__)
_log = logging.getLogger(__name__)


class SignInLimits:
    """Limits on sign-in tries: per login and address, and per address whatever the login.

    Passwords are also slowed down per login, wherever they are tried from, but never blocked:
    otherwise a stranger could lock the owner out. A device that has signed in before has its own
    count, which a stranger can't influence.
    """

    def __init__(self, live: Live, mono_s: Callable[[], float] = monotonic) -> None:
        self._login_and_address = TryLimit("login", TRIES, WINDOW_S, live, mono_s)
        self._address = TryLimit("address", TRIES_FROM_ADDRESS, WINDOW_S, live, mono_s)
        self._device = TryLimit("device", TRIES, WINDOW_S, live, mono_s)
        self._login = SlowLimit("login", live, mono_s)
        self._beginnings = TryLimit("beginning", BEGINNINGS, WINDOW_S, live, mono_s)

    def take(self, login: str, address: str, device: str = "") -> int:
        """Count a try of anything but a password; return the seconds to wait, 0 if it may go on."""
        if device:
            return self._device.take(login, device)
        return self._address.take(address) or self._login_and_address.take(login, address)

    def take_password(self, login: str, address: str, device: str) -> int:
        """Count a try of a password; return the seconds to wait, 0 if it may go on."""
        wait_s = self.take(login, address, device)
        if wait_s or device:
            return wait_s
        wait_s = self._login.take(login, address)
        if wait_s:
            self._address.refund(address)
            self._login_and_address.refund(login, address)
        return wait_s

    def take_beginning(self, address: str, device: str) -> int:
        """Count the beginning of a sign-in that ends in another request; return the seconds to
        wait.

        It is never given back, since the other request may come from elsewhere, and so it has a
        count of its own.
        """
        return self._beginnings.take(device or address)

    def succeed(self, login: str, address: str, device: str = "") -> None:
        """Clear the counts after a success, whose try was counted in the same request."""
        if device:
            self._device.forget(login, device)
            return
        self._address.refund(address)
        self.forget(login, address)

    def forget(self, login: str, address: str) -> None:
        """Clear the count of a login from an address, after a success that was not counted."""
        self._login_and_address.forget(login, address)

    def right_password(self, login: str, address: str, device: str) -> None:
        """Clear the counts after a right password."""
        self.succeed(login, address, device)
        if not device:
            self._login.succeed(login, address)


def tries() -> SignInLimits:
    """Return the counters of sign-in tries of this application."""
    limits: SignInLimits = current_app.extensions.setdefault(
        "sign-in tries", SignInLimits(context().live)
    )
    return limits


@pages.get("/sign-in", None)
def sign_in() -> ResponseReturnValue:
    """Show the form; if somebody is signed in already, redirect."""
    if account() is not None:
        return redirect(safe_address(request.args.get("next")), 303)
    with context().database.read() as db:
        if printed_codes.has_no_account(db):
            return redirect(url_for("first.show"), 303)
    return _render_form(safe_address(request.args.get("next")))


@pages.post("/sign-in/from-form", None)
def leave_form() -> ResponseReturnValue:
    """Show the sign-in form to somebody who filled in a public form, which is kept."""
    form = form_recovery.public_form()
    if account() is None:
        return _render_form(form.at, form=form)
    return form_recovery.filled_page(form.at, dict(form.fields)) or redirect(form.at, 303)


@pages.post("/sign-in", None)
def check() -> ResponseReturnValue:
    """Count the try, then check the password; after too many tries, ask to wait."""
    login = request.form.get("login", "").strip()
    key, address = login_identity(login), counted_address(request.remote_addr)
    device = known_devices.id_for_login(key)
    if wait_s := tries().take_password(key, address, device):
        return too_many_tries(wait_s)
    web = context()
    result = sign_ins.sign_in(
        web.database,
        login=key,
        password=request.form.get("password", ""),
        now=web.clock(),
        browser=browser(),
    )
    next_page = safe_address(request.form.get("next"))
    if result is None:
        _log.info("sign-in refused from %s", address)
        return _render_form(next_page, login, _("The account or the password is wrong.")), 422
    tries().right_password(key, address, device)
    if _requires_provider(key):
        return _render_form(next_page, login, provider_required_text()), 422
    if isinstance(result, sign_ins.PendingSecondFactor):
        session[browser_keys.STEP] = result.secret
        if request.form.get(form_recovery.KEPT):
            return _render_code_form(
                next_page
            )  # the kept form is named in the page, never in an address
        return redirect(url_for("signin.ask_code", next=next_page), 303)
    return _start_session(result, next_page)


@pages.get("/sign-in/code", None)
def ask_code() -> ResponseReturnValue:
    """Show the form for the second factor, after a right password in this browser."""
    if _pending_account() is None:
        return redirect(url_for("signin.sign_in", next=safe_address(request.args.get("next"))), 303)
    return _render_code_form(safe_address(request.args.get("next")))


@pages.post("/sign-in/code", None)
def check_code() -> ResponseReturnValue:
    """Count the try, then check the code of the phone, or a recovery code on paper."""
    next_page, account_id = safe_address(request.form.get("next")), _pending_account()
    if account_id is None:
        flash_done(_("That took too long, or has already been done. Enter the password again."))
        return redirect(url_for("signin.sign_in", next=next_page), 303)
    device = known_devices.id_for_account(account_id)
    if wait_s := _second_factor_limit().take(account_id, device):
        return too_many_tries(wait_s)
    web = context()
    result = second_steps.finish(
        web.database,
        str(session.get(browser_keys.STEP, "")),
        request.form.get("code", "")[:100],
        seals=authenticators.sealer(web.secret),
        now=web.clock(),
        browser=browser(),
    )
    if result is None:
        return _render_code_form(next_page, is_wrong=True), 422
    _second_factor_limit().forget(account_id, device)
    return _start_session(result, next_page)


@pages.post("/sign-in/passkey/ask", None)
def ask_passkey() -> ResponseReturnValue:
    """Return the challenge with which this browser asks its device for a passkey."""
    party = browser_keys.relying_party()
    if party is None:
        abort(404)
    if wait_s := tries().take_beginning(_address(), known_devices.id_for_anybody()):
        return too_many_tries(wait_s)
    with context().database.write() as db:
        challenge = passkeys.begin_authentication(db, party, now=context().clock())
    return browser_keys.challenge_response(challenge)


@pages.post("/sign-in/passkey", None)
def check_passkey() -> ResponseReturnValue:
    """Sign in with a passkey alone."""
    party, next_page, address = (
        browser_keys.relying_party(),
        safe_address(request.form.get("next")),
        _address(),
    )
    if party is None:
        abort(404)
    web = context()
    try:
        with web.database.write() as db:
            result = passkeys.sign_in(
                db,
                browser_keys.pop_step(),
                request.form.get("credential", ""),
                party,
                now=web.clock(),
                browser=browser(),
            )
            if only_provider.refuses_password(db, result.account.id, result.account.login):
                db.rollback()
                return _render_form(next_page, "", provider_required_text()), 422
    except Invalid:
        _log.info("passkey refused from %s", address)
        return _render_form(
            next_page, "", _("This passkey does not belong to any account here.")
        ), 422
    return _start_session(result, next_page)


@pages.post("/sign-out", None)
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    sessions.end()
    return redirect(url_for("signin.sign_in"), 303)


@pages.post("/sign-out-everywhere", None)
def sign_out_everywhere() -> ResponseReturnValue:
    """End this account's sessions in all browsers, for example after losing one."""
    sessions.end(everywhere=True)
    return redirect(url_for("signin.sign_in"), 303)


def _start_session(result: sign_ins.SignInResult, next_page: str) -> ResponseReturnValue:
    """Start the session; show the form that was kept, or else go to the wanted page."""
    sessions.enter(result)
    return form_recovery.recovered_page() or redirect(next_page, 303)


def _render_form(
    next_page: str,
    login: str = "",
    wrong: str = "",
    *,
    form: form_recovery.RecoveredForm | None = None,
) -> str:
    party = browser_keys.relying_party()
    return render_template(
        "signin/signin.html",
        next=next_page,
        form=form,
        kept=form.packed if form else request.form.get(form_recovery.KEPT, ""),
        login=login,
        wrong=wrong,
        party=party,
        provider=context().settings.oidc.name if context().settings.oidc.is_on else "",
        is_apart=only_provider.is_on() and not wrong,
        can_be_trusted=has_authority(Path(context().settings.site.keys)),
    )


def _requires_provider(login: str) -> bool:
    """Return whether this account, whose password was right, must sign in through the provider."""
    if not only_provider.is_on():
        return False
    with context().database.read() as db:
        return only_provider.refuses_password(db, accounts.id_of(db, login), login)


def provider_required_text() -> str:
    """Return the message for an account that must sign in through the provider."""
    name = context().settings.oidc.name
    return _("This account can sign in only with %(name)s.", name=name)


def _render_code_form(next_page: str, *, is_wrong: bool = False) -> str:
    """Show the form for the second factor, with the kinds that the account has."""
    account_id = _pending_account() or ""
    with context().database.read() as db:
        factors = second_factors.factors_of(db, [account_id]).get(account_id, frozenset())
    has_phone = "authenticator" in factors
    wrong = (
        _("This code is wrong or has been used. Wait for the next one.")
        if has_phone
        else _("This code is wrong or has been used. Enter another of the printed codes.")
    )
    return render_template(
        "signin/code.html",
        next=next_page,
        kept=request.form.get(form_recovery.KEPT, ""),
        wrong=wrong if is_wrong else "",
        has_phone=has_phone,
        party=browser_keys.relying_party() if "passkey" in factors else None,
    )


def _pending_account() -> str | None:
    """Return the account whose password was right in this browser a moment ago, or None."""
    web = context()
    with web.database.read() as db:
        step = str(session.get(browser_keys.STEP, ""))
        return second_steps.pending_account(db, step, now=web.clock())


def _second_factor_limit() -> TryLimit:
    """Return the limit on second factors, counted per account and known device.

    It is not counted per address, since only somebody who knows the password gets here.
    """
    new_limit = TryLimit("second factor", TRIES, WINDOW_S, context().live)
    limit: TryLimit = current_app.extensions.setdefault("second factor tries", new_limit)
    return limit


def _address() -> str:
    return counted_address(request.remote_addr)


def too_many_tries(wait_s: int) -> Response:
    """Return the page that asks to wait."""
    page = render_template("errors/error.html", error=errors.page(429))
    return make_response(page, 429, {"Retry-After": str(wait_s)})

"""Create the first account of an empty place, or set a new password with a recovery code."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import accounts, passwords, printed_codes, sign_ins
from controller.capabilities.accounts.sign_ins import login_identity
from controller.kernel.errors import Forbidden, Invalid
from webui import known_devices, only_provider, sessions
from webui.accounts import own_tokens
from webui.accounts.signin import provider_required_text, too_many_tries, tries
from webui.browsers import browser
from webui.context import context
from webui.feature import Pages
from webui.i18n import _, current
from webui.limits import counted_address
from webui.undo import flash_done

pages = Pages("first", __name__)


@pages.get("/first", None)
def show() -> ResponseReturnValue:
    """Show the form for the first account; redirect to the sign-in page if an account exists."""
    if not _is_empty():
        return redirect(url_for("signin.sign_in"), 303)
    return _render_first()


@pages.post("/first", None)
def begin() -> ResponseReturnValue:
    """Create the first account with the code that `loquet init` printed, then go on with the
    setup."""
    login, password = _text("login"), request.form.get("password", "")
    if wait_s := tries().take("first", _address()):
        return too_many_tries(wait_s)
    web = context()
    try:
        with web.database.write() as db:
            printed_codes.make_first_admin(
                db,
                _text("code"),
                login=login,
                password=password,
                language=current(),
                site_id=web.settings.site.id,
                now=web.clock(),
            )
    except Forbidden:
        wrong = _("This code is not valid. Run “loquet init” for a new one.")
        return _render_first(login, code=wrong), 422
    except Invalid as error:
        return _render_first(login, **_field_errors(error)), 422
    tries().succeed("first", _address())
    result = sign_ins.sign_in(
        web.database, login=login, password=password, now=web.clock(), browser=browser()
    )
    if not isinstance(result, sign_ins.SignInResult):
        return redirect(url_for("signin.sign_in"), 303)
    sessions.enter(result)
    return redirect(url_for("setup.show"), 303)


@pages.get("/recover", None)
def recover() -> ResponseReturnValue:
    """Show the form for somebody with a recovery code on paper."""
    return _render_recover()


@pages.post("/recover", None)
def set_password() -> ResponseReturnValue:
    """Set a new password with the code, which works once, and go to the sign-in page."""
    login = _text("login")
    device = known_devices.id_for_login(login_identity(login))
    if wait_s := tries().take(login_identity(login), _address(), device):
        return too_many_tries(wait_s)
    web = context()
    try:
        with web.database.write() as db:
            printed_codes.recover(
                db,
                _text("code"),
                login=login,
                password=request.form.get("password", ""),
                now=web.clock(),
            )
            account_id = accounts.id_of(db, login)
            if only_provider.refuses_password(db, account_id, login):
                db.rollback()
                return _render_recover(login, code=provider_required_text()), 422
            if working := own_tokens.count_to_ask_about(db, account_id, now=web.clock()):
                db.rollback()
                return _render_recover(login, working), 422
            tokens_text = own_tokens.end_if_ticked(db, account_id, now=web.clock())
    except Forbidden:
        wrong = _("This code does not belong to that account, has been used, or is too old.")
        return _render_recover(login, code=wrong), 422
    except Invalid as error:
        return _render_recover(login, **_field_errors(error)), 422
    known_devices.remember(account_id)
    tries().succeed(login_identity(login), _address(), device)
    text = _("Password saved. The code is no longer valid.")
    flash_done(f"{text} {tokens_text}".strip())
    return redirect(url_for("signin.sign_in"), 303)


def _is_empty() -> bool:
    with context().database.read() as db:
        return printed_codes.has_no_account(db)


def _field_errors(error: Invalid) -> dict[str, str]:
    """Return the error for the invalid field, in the page's language."""
    if any(field_error.field == "password" for field_error in error.errors):
        return {"password": _("At least %(n)s characters.", n=passwords.MIN_LENGTH)}
    return {"login": _("An e-mail address, or a name without spaces.")}


def _render_first(login: str = "", **wrong: str) -> str:
    return render_template("first/first.html", login=login, wrong=wrong)


def _render_recover(login: str = "", working_tokens: int = 0, /, **wrong: str) -> str:
    return render_template(
        "first/recover.html",
        login=login,
        code=_text("code"),
        working_tokens=working_tokens,
        is_mail_on=context().settings.mail.is_on,
        wrong=wrong,
    )


def _text(field: str) -> str:
    return request.form.get(field, "").strip()[:300]


def _address() -> str:
    return counted_address(request.remote_addr)

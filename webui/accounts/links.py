"""A forgotten password: send a link by mail, and set a new password through it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import (
    accounts,
    mailed_links,
    passwords,
    reset_requests,
    tokens,
)
from controller.capabilities.accounts.mailed_links import LinkOver, OverReason
from controller.capabilities.accounts.sign_ins import login_identity
from controller.kernel.errors import Invalid
from webui import known_devices, only_provider
from webui.accounts import own_tokens
from webui.accounts.signin import provider_required_text, too_many_tries, tries
from webui.context import context
from webui.feature import Pages
from webui.i18n import _
from webui.limits import counted_address
from webui.undo import flash_done

PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""Headers that keep the link's secret out of caches and of other sites' logs."""

pages = Pages("links", __name__)


@pages.get("/forgot", None)
def forgot() -> ResponseReturnValue:
    """Show the form that asks for a link; without a mail server, say who else can help."""
    return render_template("links/forgot.html", sent=False, is_on=_is_on(), login="")


@pages.post("/forgot", None)
def ask() -> ResponseReturnValue:
    """Send a link to that account's address.

    The answer and the time it takes are the same whether the account exists or not.
    """
    login, web = (
        request.form.get("login", "").strip()[: reset_requests.MAX_LOGIN_CHARACTERS],
        context(),
    )
    if not _is_on() or not login:
        return render_template("links/forgot.html", sent=False, is_on=_is_on(), login=login), 422
    # Each request counts, also a successful one: many of them would fill somebody's mailbox.
    key = login_identity(login)
    device = known_devices.id_for_login(key)
    if wait_s := tries().take(key, counted_address(request.remote_addr), device):
        return too_many_tries(wait_s)
    with web.database.write() as db:
        reset_requests.add(db, login, web_secret=web.secret, now=web.clock())
    return render_template("links/forgot.html", sent=True, is_on=True, login=login)


@pages.get("/reset/<secret>", None)
def show(secret: str) -> ResponseReturnValue:
    """Show the form for a new password. Opening it does not use the link up."""
    try:
        with context().database.read() as db:
            login, is_invitation = mailed_links.login_of_link(db, secret, now=context().clock())
    except LinkOver as problem:
        return link_error_page(problem.why)
    return _form(secret, login, is_invitation=is_invitation)


@pages.post("/reset/<secret>", None)
def set_password(secret: str) -> ResponseReturnValue:
    """Set a password with the link, which works once."""
    web = context()
    try:
        with web.database.write() as db:
            login, is_invitation = mailed_links.login_of_link(db, secret, now=web.clock())
            account_id = mailed_links.set_password(
                db, secret, request.form.get("password", ""), now=web.clock()
            )
            if only_provider.refuses_password(db, account_id, login):
                db.rollback()
                return _form(
                    secret, login, is_invitation=is_invitation, wrong=provider_required_text()
                )
            tokens_text = own_tokens.end_if_ticked(db, account_id, now=web.clock())
    except LinkOver as problem:
        return link_error_page(problem.why)
    except Invalid:
        wrong = _("At least %(n)s characters.", n=passwords.MIN_LENGTH)
        return _form(secret, login, is_invitation=is_invitation, wrong=wrong)
    known_devices.remember(account_id)
    tries().forget(login, counted_address(request.remote_addr))
    text = _("Password saved. The link is no longer valid.")
    flash_done(f"{text} {tokens_text}".strip())
    return redirect(url_for("signin.sign_in"), 303)


def _is_on() -> bool:
    return context().settings.mail.is_on


def _form(secret: str, login: str, *, is_invitation: bool, wrong: str = "") -> ResponseReturnValue:
    with context().database.read() as db:
        account_id = accounts.id_of(db, login)
        working = tokens.count_working(db, account_id, now=context().clock())
    page = render_template(
        "links/reset.html",
        secret=secret,
        login=login,
        is_invitation=is_invitation,
        working_tokens=working,
        wrong=wrong,
    )
    return page, 422 if wrong else 200, PRIVATE


def link_error_page(why: OverReason) -> ResponseReturnValue:
    """Return the page that says why a link does not work."""
    texts = {
        OverReason.USED: _("This link has already been used: it works only once."),
        OverReason.OLD: _("This link has expired."),
        OverReason.UNKNOWN: _(
            "This link is incomplete, or not from this place. Copy the whole link."
        ),
        OverReason.OTHER: _(
            "This link belongs to another account: sign in to that account, then open it again."
        ),
    }
    page = render_template("links/over.html", text=texts[why], is_on=_is_on())
    status = {OverReason.UNKNOWN: 404, OverReason.OTHER: 403}.get(why, 410)
    return page, status, PRIVATE

"""Pages for one's own recovery address: enter it, confirm it through a link, remove it."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import confirmed_address
from controller.capabilities.accounts.mailed_links import LinkOver
from controller.domain.locale.catalogue import N_
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui import reauthentication
from webui.accounts.links import PRIVATE, link_error_page
from webui.context import context
from webui.feature import Pages
from webui.guard import SignedIn, account, site
from webui.i18n import _
from webui.undo import flash_done
from webui.write_actions import write_action

MAX_ADDRESS_CHARACTERS = 254
"""Longest address that is accepted, in characters."""
_OWN = Permission.OWN_DATA

pages = Pages("address", __name__, needs_factor=False)


@pages.post(
    "/me/address", _OWN, grave=N_("Change the address to which your password links are sent")
)
def ask() -> ResponseReturnValue:
    """Send a link to the address that was entered, which counts once the link has been opened."""
    who, web = _signed_in(), context()
    if not web.settings.mail.is_on:
        abort(404)
    if wait_s := reauthentication.count_try(who.id):
        return reauthentication.too_many(wait_s)
    email = request.form.get("email", "").strip()[:MAX_ADDRESS_CHARACTERS]
    with write_action(
        Invalid,
        _("This is not an e-mail address. Enter one such as name@example.org."),
        _redirect_back(),
    ) as (db, now):
        confirmed_address.request(
            db, email, web_secret=web.secret, site_id=site().id, actor=who.actor, now=now
        )
    text = _("A link has been sent to %(address)s. Open it to confirm.", address=email)
    flash_done(text)
    return _redirect_back()


@pages.get("/me/address/<secret>", _OWN)
def show(secret: str) -> ResponseReturnValue:
    """Show what the link confirms.

    Opening it confirms nothing yet, as mail programs follow links.
    """
    try:
        with context().database.read() as db:
            email = confirmed_address.pending_address(
                db, secret, actor=_signed_in().actor, now=context().clock()
            )
    except LinkOver as problem:
        return link_error_page(problem.why)
    page = render_template(
        "address/confirm.html", secret=secret, email=email, login=_signed_in().login
    )
    return page, 200, PRIVATE


@pages.post("/me/address/<secret>", _OWN)
def confirm(secret: str) -> ResponseReturnValue:
    """Confirm the address with the link, which works once."""
    with write_action(LinkOver, lambda problem: link_error_page(problem.why)) as (db, now):
        email = confirmed_address.confirm(
            db, secret, site_id=site().id, actor=_signed_in().actor, now=now
        )
    flash_done(_("Address confirmed: %(address)s.", address=email))
    return _redirect_back()


@pages.post(
    "/me/address/remove", _OWN, grave=N_("Remove the address to which your password links are sent")
)
def remove() -> ResponseReturnValue:
    """Remove the recovery address."""
    with write_action() as (db, now):
        confirmed_address.remove(db, site_id=site().id, actor=_signed_in().actor, now=now)
    flash_done(_("Address removed."))
    return _redirect_back()


def _signed_in() -> SignedIn:
    return account() or abort(401)


def _redirect_back() -> ResponseReturnValue:
    return redirect(url_for("me.show"), 303)

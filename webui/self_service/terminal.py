"""A terminal: opens a member's own page by badge and code, and closes it again."""

from contextlib import suppress

from flask import abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.places.models import SiteRow
from controller.capabilities.screen import addresses
from controller.capabilities.screen.addresses import Address
from controller.capabilities.screen.models import AddressKind
from controller.capabilities.self_service import codes, visits
from controller.capabilities.self_service.visits import BadgeOpensNoPage
from controller.domain.ids import CredentialId
from controller.domain.locale.time import format_upcoming
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid
from webui.badges.numbers import read_number
from webui.context import context
from webui.feature import Pages
from webui.guard import TERMINAL, account, actor
from webui.i18n import _, translator
from webui.limits import TryLimit
from webui.members.member_action import back, known_here
from webui.reauthentication import too_many
from webui.self_service import visitor
from webui.self_service.own import code_rule
from webui.undo import flash_done
from webui.write_actions import write_action

TRIES, WINDOW_S = 40, 300
"""Limit of tries per terminal, for all badges together; each code has its own limit too."""
MAX_CHARACTERS = 80
"""Longest badge number or code that is read."""
pages = Pages("terminal", __name__)
codes_pages = Pages("codes", __name__)
"""The page on which the desk allows a code to be chosen."""
touches = Pages("touch", __name__, at_terminal=True)
"""The page that keeps a visit at a terminal open."""


@pages.get("/terminal/<key>", None)
def show(key: str) -> ResponseReturnValue:
    """Show the fields for badge and code.

    A browser in which staff is signed in is not used as a terminal.
    """
    return _render_page(_address(key), key)


@pages.post("/terminal/<key>", None)
def enter(key: str) -> ResponseReturnValue:
    """Check badge and code together; the answer is the same whichever is wrong."""
    address, badge = _address(key), request.form.get("badge", "")[:MAX_CHARACTERS].strip()
    code = request.form.get("code", "")[:MAX_CHARACTERS]
    if badge and not code:
        return _render_page(address, key, badge=badge)
    if wait_s := _try_limit().take(address.id):
        return too_many(wait_s)
    web = context()
    now = web.clock()
    try:
        with web.database.read() as db:
            member = visits.member_with_badge(
                db, _badge_number(badge), address, vault=web.vault, now=now
            )
    except BadgeOpensNoPage as refused:
        return _render_page(address, key, wrong=_refusal_text(refused, address, now)), 422
    if not codes.verify(web.database, member, code, key=codes.hashing_key(web.secret)):
        return _render_page(address, key, wrong=_wrong_code_text()), 422
    _try_limit().refund(address.id)
    with web.database.read() as db:
        opens_from = codes.opens_from(db, member or "")
    if opens_from is not None and opens_from > now:
        return _render_page(address, key, wrong=_code_waits_text(opens_from, address, now)), 422
    with web.database.write() as db:
        secret = visits.begin(db, member or "", address, now=web.clock())
    visitor.begin(secret, key)
    return redirect(url_for("self_service.show"), 303)


@pages.post("/terminal/<key>/choose", None)
def choose(key: str) -> ResponseReturnValue:
    """Save a code that the member chooses with the badge, after the desk has allowed it."""
    address, form = _address(key), request.form
    if wait_s := _try_limit().take(address.id):
        return too_many(wait_s)
    if form.get("code") != form.get("again"):
        return _render_page(
            address, key, wrong=_("The two codes do not match."), is_choosing=True
        ), 422
    web, badge = context(), _badge_number(form.get("badge", "")[:MAX_CHARACTERS].strip())
    now = web.clock()
    try:
        with web.database.write() as db:
            member = visits.member_with_badge(db, badge, address, vault=web.vault, now=now)
            if member is None:
                raise Conflict("nobody's badge")
            secret_key, who = codes.hashing_key(web.secret), Actor(ref=f"member:{member}")
            code = form.get("code", "")
            opens_from = codes.choose(db, member, code, key=secret_key, actor=who, now=now)
    except Invalid:
        return _render_page(address, key, wrong=code_rule(), is_choosing=True), 422
    except BadgeOpensNoPage as refused:
        return _render_page(
            address, key, wrong=_refusal_text(refused, address, now), is_choosing=True
        ), 422
    except Conflict:
        return _render_page(
            address, key, wrong=_("First ask the desk to allow it."), is_choosing=True
        ), 422
    _try_limit().refund(address.id)
    if opens_from is not None and opens_from > now:
        flash_done(_code_waits_text(opens_from, address, now))
    else:
        flash_done(_("Code saved: enter with your badge and this code."))
    return redirect(url_for("terminal.show", key=key), 303)


@pages.post("/terminal-done", None)
def leave() -> ResponseReturnValue:
    """End the visit; nothing of the member stays in this browser."""
    key = session.get(TERMINAL)
    visitor.end()
    to = url_for("terminal.show", key=key) if isinstance(key, str) else url_for("signin.sign_in")
    return redirect(to, 303)


@touches.post("/mine/touch", Permission.OWN_WRITE)
def touch() -> ResponseReturnValue:
    """Keep the visit open; the guard has already counted the request as a touch."""
    return redirect(url_for("self_service.show"), 303)


@codes_pages.post("/members/<member>/code", Permission.MEMBERS_WRITE)
def allow(member: str) -> ResponseReturnValue:
    """Allow the member, who is at the desk, to choose a code at a terminal within ten minutes."""
    who_may = _("An admin does this for staff, a manager for somebody whom no letter reaches.")
    with write_action(Forbidden, who_may, back(member)) as (db, now):
        known_here(db, member)
        codes.allow_choice(db, member, actor=actor(), now=now)
    flash_done(
        _("For ten minutes, this person can choose a code at the terminal, with their badge.")
    )
    return back(member)


def _address(key: str) -> Address:
    with context().database.read() as db:
        return addresses.find_by_secret(db, key, AddressKind.TERMINAL) or abort(404)


def _badge_number(typed: str) -> CredentialId | None:
    """Return the number that was typed, or None if it is not a badge's."""
    with suppress(ValueError):
        return read_number(typed)
    return None


def _wrong_code_text() -> str:
    return _(
        "This badge and this code don’t match. No code yet, or five mistakes in a row? Ask at "
        "the desk."
    )


def _refusal_text(refused: BadgeOpensNoPage, address: Address, now: Utc) -> str:
    if refused.opens_at is None:
        return _("A lent badge does not open this page. Use your own badge, or your account.")
    return _(
        "You received this badge, or got it back, less than 24 hours ago: it will open this page "
        "%(when)s. It already works at doors and machines.",
        when=_when_text(refused.opens_at, address, now),
    )


def _code_waits_text(opens_from: Utc, address: Address, now: Utc) -> str:
    at = _when_text(opens_from, address, now)
    if not context().settings.mail.is_on:
        return _(
            "Code saved. For security, it will open your page %(when)s. From your account, you "
            "can choose a code that works at once.",
            when=at,
        )
    return _(
        "Code saved. For security, it will open your page %(when)s, and an e-mail tells you "
        "about it before then. From your account, you can choose a code that works at once.",
        when=at,
    )


def _when_text(moment: Utc, address: Address, now: Utc) -> str:
    with context().database.read() as db:
        zone = db.get_one(SiteRow, address.site_id).time_zone
    return format_upcoming(moment, now, zone, translator())


def _render_page(
    address: Address, key: str, *, badge: str = "", wrong: str = "", is_choosing: bool = False
) -> str:
    who = account()
    return render_template(
        "terminal/terminal.html",
        key=key,
        name=address.name,
        badge=badge,
        wrong=wrong,
        is_choosing=is_choosing,
        staff=who.login if who else "",
        rule=code_rule(),
    )


def _try_limit() -> TryLimit:
    new_limit = TryLimit("terminal", TRIES, WINDOW_S, context().live)
    limit: TryLimit = current_app.extensions.setdefault("terminal tries", new_limit)
    return limit

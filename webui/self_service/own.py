"""Actions of members on their own data, from an account: code, export, erasure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import own as money
from controller.capabilities.billing.cents import Cents
from controller.capabilities.privacy import person_export
from controller.capabilities.privacy.erasure import erase
from controller.capabilities.privacy.erasure.erase import Erasure, ErasureBlocked, Preview
from controller.capabilities.self_service import codes, visits
from controller.domain.locale.catalogue import N_
from controller.domain.locale.time import format_upcoming
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.jsontypes import to_json
from webui import reauthentication, sessions
from webui.billing.formatting import euros
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _, translator
from webui.members import tables
from webui.members.holdings import name_elsewhere
from webui.naming import read_text
from webui.self_service.own_places import read_places
from webui.self_service.pages import render_own_page
from webui.undo import flash_done

_DATA = Permission.OWN_DATA
_REASON = "own wish"
"""The reason that the audit log keeps, which names nobody."""
pages = Pages("own", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What is owed at one place."""

    site_id: str
    place: str
    """The place's name, if it is not this page's."""
    sum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePage:
    """The page on which members erase themselves."""

    preview: Preview
    owed: tuple[Debt, ...]
    """The debt at each place, this page's first."""
    projects_owed: tuple[Debt, ...]
    """The debt of projects of which they are the last member."""
    wrong: str = ""

    @property
    def removes(self) -> tuple[tuple[str, int], ...]:
        """Label and number of the rows that are deleted, by table."""
        return tables.label_counts(self.preview.removes)

    @property
    def stays(self) -> tuple[str, ...]:
        """What is kept, and why."""
        return tuple(read_text(stay.text) for stay in self.preview.stays)

    @property
    def hindered(self) -> str:
        """What must be settled before the erasure; empty: nothing."""
        text = self.preview.hindered
        return "" if text is None else read_text(text)


@pages.post("/mine/code", Permission.OWN_WRITE)
def set_code() -> ResponseReturnValue:
    """Set the code that goes with the member's badge at a terminal.

    This needs a password, but errors in the code are shown before it is asked for.
    """
    code = request.form.get("code", "")
    if code != request.form.get("again", ""):
        return render_own_page(_("The codes do not match.")), 422
    try:
        codes.check(code)
    except Invalid:
        return render_own_page(code_rule()), 422
    what = N_("Set the code that opens your page at a terminal")
    return reauthentication.require_reauthentication(_save_code, what)()


def _save_code() -> ResponseReturnValue:
    web, code = context(), request.form.get("code", "")
    with web.database.write() as db:
        key = codes.hashing_key(web.secret)
        codes.set_own(db, code, key=key, actor=actor(), now=web.clock())
        opens_from = visits.opens_from(db, actor().member_id or "")
    text = _("Code saved. With your badge, it opens this page at the terminal.")
    if opens_from is not None and opens_from > web.clock():
        at = format_upcoming(opens_from, web.clock(), site().time_zone, translator())
        text = _(
            "Code saved. With the badge that you just received, it will open this page at the "
            "terminal %(when)s.",
            when=at,
        )
    flash_done(text)
    return _redirect_back()


@pages.post("/mine/code/remove", Permission.OWN_WRITE)
def remove_code() -> ResponseReturnValue:
    """Remove the code, so that no terminal opens the member's page any more."""
    with context().database.write() as db:
        codes.forget_own(db, actor=actor(), now=context().clock())
    flash_done(_("Code removed: the terminal no longer opens your page."))
    return _redirect_back()


@pages.post("/mine/data", _DATA, grave=N_("Download all your data"), sends_file=True)
def export() -> ResponseReturnValue:
    """Return all data about the member as a file."""
    web, who = context(), actor()
    me = who.member_id or abort(404)
    with web.database.read() as db:
        data = person_export.export(db, me, vault=web.vault, actor=who, now=web.clock())
    with web.database.write() as db:
        person_export.record(db, me, actor=who, now=web.clock())
    body = msgspec.json.format(msgspec.json.encode(to_json(data)), indent=2)
    headers = {"Content-Disposition": 'attachment; filename="loquet.json"'}
    return Response(body, mimetype="application/json", headers=headers)


@pages.get("/mine/erase", _DATA)
def ask() -> ResponseReturnValue:
    """Show a preview of the erasure; an account without a member gets its own page instead."""
    if actor().member_id is None:
        return render_own_page()
    return render_template("own/erase.html", page=_read_page())


def _check_word() -> ResponseReturnValue | None:
    """Show the page again if the word is not typed."""
    if request.form.get("word", "").strip().casefold() == _("erase"):
        return None
    return _render_again(_read_page(), _("Type the word “erase”: this can’t be undone."))


@pages.post("/mine/erase", _DATA, grave=N_("Erase you and your account"), check=_check_word)
def do() -> ResponseReturnValue:
    """Erase the member and the account.

    A word must be typed, because this can't be undone.
    """
    if (form_again := _check_word()) is not None:
        return form_again
    page, web, who = _read_page(), context(), actor()
    try:
        with web.database.write() as db:
            new = Erasure(reason=_REASON)
            erase.erase(db, who.member_id or "", new, actor=who, now=web.clock())
    except ErasureBlocked as error:
        return _render_again(page, read_text(error.text))
    except Conflict:
        why = _("You are the last administrator: name another one first.")
        return _render_again(page, why)
    web.database.drop_old_pages()
    sessions.end()
    return render_template("own/erased.html")


def code_rule() -> str:
    """Return the rule for codes, as text."""
    least, most = codes.MIN_DIGITS, codes.MAX_DIGITS
    return _("From %(least)s to %(most)s digits, not 1111 or 1234.", least=least, most=most)


def _render_again(page: ErasePage, wrong: str) -> ResponseReturnValue:
    page_again = replace(page, wrong=wrong)
    return render_template("own/erase.html", page=page_again), 422


def _read_page() -> ErasePage:
    web, who = context(), actor()
    with web.database.read() as db:
        preview = erase.preview(db, who.member_id or "", actor=who, now=web.clock())
        owed, projects_owed = (
            _debts(db, service(db, preview.member_id, web.clock()))
            for service in (money.owed_by_site, money.projects_owed)
        )
    return ErasePage(preview=preview, owed=owed, projects_owed=projects_owed)


def _debts(db: Session, owed: Mapping[str, Cents]) -> tuple[Debt, ...]:
    return tuple(
        Debt(site_id=place.id, place=name_elsewhere(place), sum=euros(owed[place.id]))
        for place in read_places(db, owed)
        if place.id in owed
    )


def _redirect_back() -> ResponseReturnValue:
    return redirect(url_for("self_service.show", _anchor="badge"), 303)

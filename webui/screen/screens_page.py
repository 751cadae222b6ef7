"""Settings of a site's screens and terminals: their addresses, and the public contents."""

from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.screen import addresses, rules
from controller.capabilities.screen.addresses import NewAddress
from controller.capabilities.screen.models import AddressKind
from controller.capabilities.screen.rules import ScreenRules
from controller.domain.locale.catalogue import N_
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.translation import languages
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, name_of, plural
from webui.i18n.dates import Moment, relative
from webui.navigation import SETTINGS, Nav
from webui.parts import CardState, Option
from webui.request_transaction import request_transaction
from webui.screen.pages import PLAN
from webui.undo import done_with_undo, flash_done
from webui.write_actions import SECRET, write_action

_WRITE = Permission.RULES_WRITE
pages = Pages("screens", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLine:
    """An address of a screen or a terminal that is not revoked."""

    id: str
    name: str
    kind: str
    is_terminal: bool
    made: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreensPage:
    """The page, with what was typed and the errors by field."""

    lines: tuple[AddressLine, ...]
    is_public: bool
    framed_by: str
    site: str
    public: str
    fragment: str
    figures: str
    name: str = ""
    kind: str = AddressKind.SCREEN
    view: str = ""
    language: str = ""
    wrong_name: str = ""
    wrong_framed: str = ""
    new: str = ""
    """An address that was just created, which is shown once; empty: none."""

    @property
    def languages(self) -> tuple[Option, ...]:
        """The languages in which a screen can be."""
        return (Option(value="", text=_("each in turn")), *_languages())

    @property
    def views(self) -> tuple[Option, ...]:
        """What a screen can show."""
        return (Option(value="", text=_("the list")), Option(value=PLAN, text=_("the plan")))


def card_state() -> CardState:
    """Return how many screens and terminals have an address."""
    with request_transaction() as db:
        screen_addresses = addresses.list_addresses(db, site().id, actor=actor())
    terminals = sum(address.kind is AddressKind.TERMINAL for address in screen_addresses)
    screens = len(screen_addresses) - terminals
    texts = (
        plural("%(n)s screen", "%(n)s screens", screens) if screens else "",
        plural("%(n)s terminal", "%(n)s terminals", terminals) if terminals else "",
    )
    return CardState(", ".join(filter(None, texts)) or _("None yet"))


@pages.get(
    "/screens",
    _WRITE,
    nav=Nav(
        entry=SETTINGS,
        icon="monitor",
        text=lambda: _("Screens and terminals"),
        also="screens terminals displays écrans affichage kiosk afficher",
        place=70,
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """Show the addresses, and what is public."""
    return _render()


def _kinds() -> dict[str, str]:
    return {AddressKind.SCREEN: _("Public screen"), AddressKind.TERMINAL: _("“My page” terminal")}


def _choices() -> dict[str, dict[str, str]]:
    """Return the texts of the form's values."""
    spoken = {option.value: option.text for option in _languages()}
    return {"kind": _kinds(), "view": {PLAN: _("the plan")}, "language": spoken}


@pages.post(
    "/screens", _WRITE, grave=N_("Create the address of a screen or terminal"), choices=_choices
)
def make() -> ResponseReturnValue:
    """Create an address and show it once."""
    web, form = context(), request.form
    name, kind = form.get("name", "").strip(), form.get("kind", "")
    if kind not in AddressKind._value2member_map_:
        abort(400)
    try:
        new = parse({"name": name, "kind": kind}, NewAddress)
        with web.database.write() as db:
            _made, secret = addresses.create(db, site().id, new, actor=actor(), now=web.clock())
    except Invalid:
        return _render(name, kind, wrong_name=_("Enter in one line where it will be.")), 422
    except Conflict:
        return _render(name, kind, wrong_name=_("There are too many: revoke some first.")), 422
    if kind == AddressKind.TERMINAL:
        return _render(new=_absolute_address(url_for("terminal.show", key=secret))), SECRET
    language, view = form.get("language"), form.get("view")
    chosen: dict[str, Any] = {
        "lang": language if language in languages() else None,
        "view": PLAN if view == PLAN else None,
    }
    return _render(
        new=_absolute_address(url_for("screen.by_address", key=secret, **chosen))
    ), SECRET


@pages.post("/screens/<address>/revoke", _WRITE)
def revoke(address: str) -> ResponseReturnValue:
    """Revoke a screen's address."""
    with write_action() as (db, now):
        addresses.revoke(db, address, actor=actor(), now=now)
    flash_done(_("Address revoked: it no longer shows anything."))
    return redirect(url_for("screens.show"), 303)


@pages.post("/screens/rule", _WRITE)
def save() -> ResponseReturnValue:
    """Save what is public, and which sites may embed it."""
    web, form = context(), request.form
    framed = form.get("framed_by", "")[:2500]
    try:
        texts = {"is_public": "is_public" in form, "framed_by": [*dict.fromkeys(framed.split())]}
        new = parse(texts, ScreenRules)
        with web.database.write() as db:
            before = rules.change(db, site().id, new, actor=actor(), now=web.clock())
    except Invalid:
        wrong = _("One address per line, such as https://www.town.example, with nothing after it.")
        return _render(framed=framed, wrong_framed=wrong), 422
    old = {"framed_by": " ".join(before.framed_by)} | (
        {"is_public": "on"} if before.is_public else {}
    )
    text = _("Everybody can see it.") if new.is_public else _("Nothing is public.")
    done_with_undo(text, "screens.save", **old)
    return redirect(url_for("screens.show"), 303)


def _languages() -> tuple[Option, ...]:
    return tuple(
        Option(value=language, text=name_of(language, language).capitalize())
        for language in languages()
    )


def _render(
    name: str = "",
    kind: str = AddressKind.SCREEN,
    *,
    framed: str | None = None,
    wrong_name: str = "",
    wrong_framed: str = "",
    new: str = "",
) -> str:
    web, place = context(), site()
    zone, now = site_zone(), web.clock()
    with web.database.read() as db:
        screen_addresses = addresses.list_addresses(db, place.id, actor=actor())
        screen_settings = rules.screen_rules(db, place.id)
    public = _absolute_address(url_for("screen.show")) + f"?site={place.id}"
    kinds = _kinds()
    page = ScreensPage(
        lines=tuple(
            AddressLine(
                id=address.id,
                name=address.name,
                kind=kinds[address.kind],
                is_terminal=address.kind == AddressKind.TERMINAL,
                made=relative(address.created_at, now, zone),
            )
            for address in screen_addresses
        ),
        is_public=screen_settings.is_public,
        framed_by="\n".join(screen_settings.framed_by) if framed is None else framed,
        site=place.id,
        public=public,
        fragment=_absolute_address(url_for("embed.fragment")) + f"?site={place.id}",
        figures=_absolute_address(url_for("embed.figures_as_json")) + f"?site={place.id}",
        name=name,
        kind=kind,
        view=request.form.get("view", ""),
        language=request.form.get("language", ""),
        wrong_name=wrong_name,
        wrong_framed=wrong_framed,
        new=new,
    )
    return render_template("screens/screens.html", page=page)


def _absolute_address(path: str) -> str:
    return context().settings.web.public_url.rstrip("/") + path

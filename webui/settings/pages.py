"""The page *Settings*: a card for each part, with its state and whether something should be
done."""

from dataclasses import dataclass
from importlib.metadata import version

from flask import render_template
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Permission
from webui import menu
from webui.feature import Pages
from webui.i18n import plural
from webui.navigation import SETTINGS, Nav
from webui.parts import CardState
from webui.request_transaction import request_transaction

pages = Pages("settings", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A part of the settings, and its state."""

    name: str
    href: str
    icon: str
    state: CardState


@pages.get(
    "/settings",
    Permission.RULES_WRITE,
    nav=Nav(entry=SETTINGS, text=SETTINGS.text, also="settings réglages configuration paramètres"),
)
def show() -> ResponseReturnValue:
    """Show the cards of the pages that this account may open."""
    with request_transaction():
        cards = [
            CardView(name=nav.text(), href=href, icon=nav.icon or nav.entry.icon, state=nav.card())
            for nav, href in menu.cards()
            if nav.card
        ]
    count = sum(card.state.needs_act for card in cards)
    todo = plural("%(n)s point to look at", "%(n)s points to look at", count) if count else ""
    return render_template(
        "settings/settings.html", cards=cards, todo=todo, program=f"Loquet {version('loquet')}"
    )

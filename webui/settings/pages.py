"""The page *Settings*: a card for each part, with its state and whether something should be
done."""

from dataclasses import dataclass
from importlib.metadata import version

from flask import render_template
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Permission
from webui import menu
from webui.feature import Pages
from webui.i18n import _, plural
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
    place: int


@pages.get(
    "/settings",
    Permission.RULES_WRITE,
    nav=Nav(
        entry=SETTINGS,
        text=SETTINGS.text,
        also="settings réglages configuration paramètres configure configurer régler",
    ),
)
def show() -> ResponseReturnValue:
    """Show the cards of the pages that this account may open."""
    with request_transaction():
        cards = [
            CardView(
                name=nav.text(),
                href=href,
                icon=nav.icon or nav.entry.icon,
                state=nav.card(),
                place=nav.place,
            )
            for nav, href in menu.cards()
            if nav.card
        ]
    count = sum(card.state.needs_act for card in cards)
    todo = plural("%(n)s point to look at", "%(n)s points to look at", count) if count else ""
    return render_template(
        "settings/settings.html",
        groups=_groups(cards),
        todo=todo,
        program=f"Loquet {version('loquet')}",
    )


def _groups(cards: list[CardView]) -> list[tuple[str, list[CardView]]]:
    """Return the headings, each with its cards, whose places in the order are in a range."""
    titles = {
        range(40): _("The place"),
        range(40, 60): _("Team and messages"),
        range(60, 90): _("Shared with others"),
        range(90, 200): _("The controller"),
    }
    return [
        (title, [card for card in cards if card.place in places])
        for places, title in titles.items()
    ]

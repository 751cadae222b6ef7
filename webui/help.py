"""What a word of the field means, for whoever meets it on a page for the first time."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.i18n import _


@dataclass(frozen=True, slots=True)
class Help:
    """A word, and what it means in a sentence or two."""

    word: str
    text: str


def help_on(key: str) -> Help:
    """In the language of the page. Raises KeyError for a word that has none."""
    return _texts()[key]


def _texts() -> Mapping[str, Help]:
    return {
        "assurance": Help(
            _("Plain badge, secure badge"),
            _(
                "A plain badge can be copied with a phone. A secure badge proves by calculation "
                "that it is the one: a copy opens nothing."
            ),
        ),
        "claim_code": Help(
            _("The line to paste"),
            _(
                "It holds a code that works once. The Pi exchanges it for its certificate; then "
                "the code is worth nothing."
            ),
        ),
        "commissioning": Help(
            _("Commissioning"),
            _(
                "Trials on the spot, with the contactor unplugged from the machine: they show "
                "that the badge really cuts and gives power before anybody uses it."
            ),
        ),
        "fingerprint": Help(
            _("Fingerprint"),
            _(
                "A few characters calculated from a key. If they are the same here and on the "
                "Pi’s screen, nobody has got in between."
            ),
        ),
        "levels": Help(
            _("Accompanied, autonomous, trainer"),
            _(
                "Accompanied: only while somebody supervises. Autonomous: alone. Trainer: "
                "autonomous, and may certify others."
            ),
        ),
        "supervision": Help(
            _("Supervisor"),
            _(
                "Somebody present who is answerable for the others. They show their badge; "
                "machines that ask for it work while they are there."
            ),
        ),
        "takeover": Help(
            _("Taking over a machine"),
            _(
                "Another certified person shows their badge during a use: they go on, and what "
                "comes after counts as theirs."
            ),
        ),
    }

"""Explanations of terms, for people who meet them on a page for the first time."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.i18n import _


@dataclass(frozen=True, slots=True)
class Help:
    """A term, and what it means in a sentence or two."""

    word: str
    text: str


def help_on(key: str) -> Help:
    """Return the explanation in the page's language. Raises KeyError for an unknown term."""
    return _texts()[key]


def _texts() -> Mapping[str, Help]:
    return {
        "assurance": Help(
            _("Plain badge, secure badge"),
            _(
                "A plain badge can be copied with a phone. A secure badge proves that it is "
                "genuine: a copy does not work."
            ),
        ),
        "claim_code": Help(
            _("The line to paste"),
            _(
                "It contains a code that works once. The Pi exchanges it for its certificate; "
                "after that, the code is no longer valid."
            ),
        ),
        "commissioning": Help(
            _("Commissioning"),
            _(
                "Tests on site, with the contactor unplugged from the machine. They show that "
                "the badge really switches the power before anybody uses the machine."
            ),
        ),
        "fingerprint": Help(
            _("Fingerprint"),
            _(
                "A short code calculated from a key. If it is the same here and on the Pi’s "
                "screen, nobody is intercepting the connection."
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
                "A person on site who is responsible for the others. They tap their badge; "
                "machines that need a supervisor work while they are there."
            ),
        ),
        "takeover": Help(
            _("Taking over a machine"),
            _(
                "Another certified person taps their badge while the machine is in use. They "
                "take over, and from then on the use counts as theirs."
            ),
        ),
    }

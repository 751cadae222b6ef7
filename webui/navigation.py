"""The entries of the side bar, in their groups, and a page's position among them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from webui.i18n import _, pgettext
from webui.parts import CardState, NavCount

Text = Callable[[], str]
"""Returns a text in the language of the request."""


class Group(IntEnum):
    """The groups of the side bar in their order, with a line between two of them."""

    OWN = 0
    """In the person's menu instead of the side bar, for accounts that may open Live."""
    DAY = 1
    PEOPLE = 2
    PLACE = 3
    FIGURES = 4
    FOOT = 5
    """At the foot of the side bar."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the side bar. Pages that share it are tabs above their titles."""

    group: Group
    place: int
    icon: str
    text: Text
    has_cards: bool = False
    """Whether its first page shows the others as cards, so that they need no tabs."""


OWN = Entry(Group.OWN, 0, "circle-user-round", lambda: _("My page"))
LIVE = Entry(Group.DAY, 10, "activity", lambda: _("Live"))
DESK = Entry(Group.DAY, 20, "concierge-bell", lambda: _("Desk"))
CATCH_UP = Entry(Group.DAY, 30, "newspaper", lambda: _("Catch up"))
MEMBERS = Entry(Group.PEOPLE, 10, "users", lambda: _("Members"))
TRAINING = Entry(Group.PEOPLE, 20, "graduation-cap", lambda: _("Training"))
BOOKINGS = Entry(Group.PEOPLE, 30, "calendar-range", lambda: _("Bookings"))
NEEDS = Entry(Group.PEOPLE, 40, "megaphone", lambda: _("Needs"))
MACHINES = Entry(Group.PLACE, 10, "drill", lambda: pgettext("machines and doors", "Machines"))
HOURS = Entry(Group.PLACE, 20, "clock", lambda: pgettext("opening", "Hours"))
MONEY = Entry(Group.FIGURES, 10, "receipt-euro", lambda: _("Finances"))
REPORTS = Entry(Group.FIGURES, 20, "chart-column", lambda: _("Reports"))
SAFETY = Entry(Group.FOOT, 10, "shield-alert", lambda: _("Safety"))
SETTINGS = Entry(Group.FOOT, 20, "settings", lambda: _("Settings"), has_cards=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nav:
    """A page's position in the navigation, for those who may open it."""

    entry: Entry
    text: Text
    """The page's name as a tab or a card."""
    place: int = 0
    """Its position among the pages of the entry, or among the cards."""
    icon: str = ""
    """The page's own icon.

    An account that may open no other page of the entry sees this icon and the page's name in the
    side bar. Empty: the entry's icon and name.
    """
    short: Text | None = None
    """The entry's label among the tabs of small screens; None: it is only under *More*."""
    waiting: Callable[[], NavCount | None] | None = None
    """Returns the number of waiting items, shown beside the entry."""
    also: str = ""
    """Other names for the page, in all languages, by which the search finds it."""
    card: Callable[[], CardState] | None = None
    """Returns the state that its card on *Settings* shows; None: it has no card."""

"""The entries of the rail, in their groups, and what a page says of its place among them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from webui.i18n import _, pgettext
from webui.parts import CardState, WaitingCount

Text = Callable[[], str]
"""Words in the language of the request."""


class Group(IntEnum):
    """The groups of the rail in their order, a line between two of them."""

    OWN = 0
    """In the person's menu instead, for whoever opens Live."""
    DAY = 1
    PEOPLE = 2
    PLACE = 3
    FIGURES = 4
    FOOT = 5
    """At the foot of the rail."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the rail. Pages that share it are tabs above their titles."""

    group: Group
    place: int
    """Its place in the group."""
    icon: str
    text: Text
    has_cards: bool = False
    """Its first page shows the others as cards, so that they need no tabs."""


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
    """A page's place in the navigation, for those who may open that page."""

    entry: Entry
    text: Text
    """Its name as a tab or a card."""
    place: int = 0
    """Its place among the pages of the entry, or among the cards."""
    icon: str = ""
    """Its own: for whoever opens no other page of the entry, the rail shows it with the page's
    name. Empty: the entry's icon and name."""
    short: Text | None = None
    """The entry's label among the tabs at the foot of small screens; None: under *More* only."""
    waiting: Callable[[], WaitingCount | None] | None = None
    """Number of waiting items, shown beside the entry."""
    also: str = ""
    """What people call it too, in whichever language: words by which it is found."""
    card: Callable[[], CardState] | None = None
    """How it stands, for its card on *Settings*; None: it has none."""

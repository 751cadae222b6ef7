"""Data of the small parts that pages are composed of."""

from dataclasses import dataclass

from webui.i18n import _, pgettext
from webui.i18n.dates import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A state as a word, an icon and a look: of a machine (`off`, `armed`, `running`, `cooling`,
    `out`, `fault`, `offline`), or of a right (`yes`, `later`, `no`)."""

    look: str
    word: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a line: the text `before`, then a plain, strong or alarming text, or a time."""

    text: str = ""
    strong: bool = False
    alert: bool = False
    before: str = ""
    at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A progress bar from 0 to 100 percent; `label` says the same in words."""

    percent: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a choice; several may be `chosen` where the choice is of several."""

    value: str
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class NavCount:
    """How many things wait, with a text for screen readers, and whether that is alarming."""

    count: int
    words: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """The form that undoes what was just done: its address and its fields."""

    text: str
    """The confirmation."""
    href: str
    fields: tuple[tuple[str, str], ...] = ()
    restores: bool = False
    """Whether it undoes a cancellation.

    Its button is then not called *Annuler*, which would be unclear.
    """


@dataclass(frozen=True, slots=True)
class CardState:
    """The state of a part of the settings in one line, and whether something should be done."""

    text: str
    needs_act: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the navigation."""

    text: str
    href: str
    icon: str
    current: str = ""
    """`page` for the current page, `true` for the entry that the page belongs to.

    Empty: neither.
    """
    short: str = ""
    """Its label among the tabs of small screens; empty: it is not among them."""
    waiting: NavCount | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is the current page."""
        return self.current == "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """All links in the frame of a page."""

    groups: tuple[tuple[Link, ...], ...] = ()
    """The entries of the side bar, by group."""
    foot: tuple[Link, ...] = ()
    """The entries at the foot of the side bar."""
    tabs: tuple[Link, ...] = ()
    """The tabs at the foot of small screens; the rest is under *More*."""
    within: tuple[Link, ...] = ()
    """The pages below the entry that is open."""
    up: Link | None = None
    """The page of cards from which the current page is reached."""
    own: Link | None = None
    """The person's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evacuation:
    """Whether an evacuation is in progress, and whether the reader may start one."""

    href: str
    """The page of evacuations; empty for those who may not call the roll."""
    is_active: bool
    is_drill: bool
    may_start: bool
    present: int = 0
    """How many people are in, if an evacuation can be started."""


@dataclass(frozen=True, slots=True)
class PrintFooter:
    """What is printed at the foot of a page: its address, and when it was read."""

    address: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """The frame of a page: site, account, menus, undo."""

    site: str
    """The name of the page's site, or else of the installation."""
    site_id: str
    """Id of the site.

    Empty if the address names none and the account sees several sites, or none.
    """
    language: str
    other_languages: tuple[tuple[str, str], ...]
    """Code and own name of each other language."""
    home: str
    here: str
    """The address of the current page, to return to."""
    switch_to: str
    sign_out: str
    sign_out_everywhere: str
    me: str
    """Address of the reader's account page."""
    docs: str = ""
    """Address of the documentation; empty: not installed."""
    account: str | None = None
    person: str = ""
    """The display name: the member's name, or the login before the @."""
    menu: Menu = Menu()
    sites: tuple[Link, ...] = ()
    """Links to switch to another site; empty for readers who see only one."""
    undo: Undo | None = None
    """The undo of what was just done; None: there is none."""
    choose_theme: str = ""
    theme: str = ""
    """`light` or `dark` if the reader chose one; empty: the browser decides."""
    find: str = ""
    """Address of the search field; empty for readers who may not search."""
    evacuation: Evacuation | None = None
    """Only for users who may start one."""
    printed: PrintFooter | None = None
    """The footer on paper; None if nobody is signed in."""


def plain(text: str) -> Part:
    """Return a plain text."""
    return Part(text=text)


def strong(text: str) -> Part:
    """Return an emphasised text: a name, or what to do."""
    return Part(text=text, strong=True)


def time_part(before: str, at: Moment) -> Part:
    """Return a text followed by a time."""
    return Part(before=before, at=at)


def since_part(at: Moment) -> Part:
    """Return a time with *since*: `depuis 14:02`, `depuis le 3 mai`."""
    return time_part(pgettext("day", "since ") if at.is_date else _("since "), at)


def until_part(at: Moment) -> Part:
    """Return a time with *until*: `jusqu’à 14:02`, `jusqu’au 3 mai à 14:02`."""
    return time_part(pgettext("day", "until ") if at.is_date else _("until "), at)

"""The values behind the parts that every page is made of."""

from dataclasses import dataclass

from webui.i18n import _, pgettext
from webui.i18n.dates import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A state as a word, an icon and a look (`off`, `armed`, `running`, `cooling`, `out`, `fault`,
    `offline`)."""

    look: str
    word: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a line: words before, then plain, strong or alarming text, or a time."""

    text: str = ""
    strong: bool = False
    alert: bool = False
    before: str = ""
    at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How much of something is left or gone, 0 to 100, and the words that say the same."""

    percent: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One entry of a choice."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class WaitingCount:
    """How many wait, what they are in words for who only hears it, and whether that is alarming."""

    count: int
    words: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """The form that takes back what was just done: where it goes and what it sends."""

    text: str
    """The confirmation."""
    href: str
    fields: tuple[tuple[str, str], ...] = ()
    restores: bool = False
    """It was a cancelling, beside which *Annuler* would say it once more."""


@dataclass(frozen=True, slots=True)
class CardState:
    """How a part of the settings stands, in one line, and whether something should be done."""

    text: str
    needs_act: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the navigation."""

    text: str
    href: str
    icon: str
    current: str = ""
    """`page`, or `true` for what the page belongs to."""
    short: str = ""
    """Its label among the tabs at the foot of small screens; empty: not there."""
    waiting: WaitingCount | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is the current page."""
        return self.current == "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """All that the frame of a page leads to."""

    groups: tuple[tuple[Link, ...], ...] = ()
    """The entries of the rail."""
    foot: tuple[Link, ...] = ()
    """Those at its foot."""
    tabs: tuple[Link, ...] = ()
    """Those at the foot of small screens; the rest is under *More*."""
    within: tuple[Link, ...] = ()
    """The pages that belong to the entry that is open."""
    up: Link | None = None
    """The page of cards that leads to the current one."""
    own: Link | None = None
    """The person's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evacuation:
    """Where one is started and its roll read, whether one goes on, and who may start and end it."""

    href: str
    going_on: bool
    may_start: bool


@dataclass(frozen=True, slots=True)
class PrintFooter:
    """What stands at the foot of a page on paper: its address, and when it was read."""

    address: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """The frame of every page."""

    site: str
    """Its name: of the site of this page, else of the installation."""
    site_id: str
    """Empty where the address names no site and the account sees several, or none."""
    language: str
    other_languages: tuple[tuple[str, str], ...]
    """Codes, and what each calls itself."""
    home: str
    here: str
    switch_to: str
    sign_out: str
    sign_out_everywhere: str
    me: str
    """One's own account."""
    docs: str = ""
    """The documentation, where it is installed."""
    account: str | None = None
    """The login of the current account."""
    person: str = ""
    """The display name: the member's name, or the login before the @."""
    menu: Menu = Menu()
    sites: tuple[Link, ...] = ()
    """To change to another site; empty for who sees one."""
    undo: Undo | None = None
    """What was just done and can be taken back."""
    choose_theme: str = ""
    theme: str = ""
    """`light` or `dark` by choice; empty: as the browser says."""
    find: str = ""
    """Where the field for everything asks; empty for who may not."""
    evacuation: Evacuation | None = None
    """Only for users who may start one."""
    printed: PrintFooter | None = None
    """None where nobody has signed in."""


def plain(text: str) -> Part:
    """Soft text."""
    return Part(text=text)


def strong(text: str) -> Part:
    """Text that matters: a name, what to do."""
    return Part(text=text, strong=True)


def time_part(before: str, at: Moment) -> Part:
    """Words, then a time."""
    return Part(before=before, at=at)


def since_part(at: Moment) -> Part:
    """`depuis 14:02`, `depuis le 3 mai`."""
    return time_part(pgettext("day", "since ") if at.is_date else _("since "), at)


def until_part(at: Moment) -> Part:
    """`jusqu’à 14:02`, `jusqu’au 3 mai à 14:02`."""
    return time_part(pgettext("day", "until ") if at.is_date else _("until "), at)

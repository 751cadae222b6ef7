"""What the page of bookings shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.list_filter import Filters
from webui.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """A part of a day's strip, in hundredths of the hours that are shown."""

    look: str
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A booked slot, and for whom or what."""

    look: str
    """`book`, `mine`, `course`, `out`, `run`, `missed`."""
    time: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One thing on one day."""

    date: str
    href: str
    label: str
    """Which thing on which day, for who does not see the table."""
    fills: tuple[Fill, ...]
    events: tuple[Event, ...]
    free: str
    past: bool
    today: bool
    shown: bool
    """The day that a phone shows."""
    open: bool
    """Opened in place."""
    shut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing and its week."""

    id: str
    name: str
    icon: str
    href: str
    note: str
    bad: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The things of one space."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The head of a column, and a tab on a phone."""

    date: str
    weekday: str
    number: str
    title: str
    hours: str
    href: str
    today: bool
    shown: bool
    shut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of the opened day, as wide as it is long."""

    look: str
    """`free`, `chosen`, `book`, `mine`, `course`, `past`."""
    halves: int
    """How many half-hours it takes."""
    text: str
    label: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellableBooking:
    """A booking of the opened day that may be given back."""

    text: str
    cancel: str
    asks_why: bool
    """A room's, in use, that may be cancelled with what has passed of it, for a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is asked, and whether it holds."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A slot that is one press away."""

    text: str
    day: str
    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether it is granted, why not, and what can be done."""

    title: str
    lines: tuple[str, ...]
    conditions: tuple[Condition, ...]
    take: Take | None
    """The slot itself, or the nearest that is granted."""
    refused: Take | None = None
    """The slot that is not granted."""
    anyway: bool = False
    """Whether this role may book it all the same."""
    person: str = ""
    """Address of the page that shows what the member lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A thing on a day, opened in place."""

    thing: str
    date: str
    title: str
    close: str
    lane: tuple[Segment, ...]
    held: tuple[CancellableBooking, ...]
    days: tuple[Option, ...]
    starts: tuple[Option, ...]
    ends: tuple[Option, ...]
    start: str
    end: str
    empty: str
    """The text for a day without slots."""
    gone: str
    """Said instead of asking for a slot, on a day that is over."""
    today: str
    """Where the same is open on the present day."""
    wrong: str
    """What is wrong with the slot that was typed, where nothing is judged."""
    for_others: bool
    who: str
    """The name of the member, or what was typed."""
    member: str
    others: tuple[Option, ...]
    """Others of that name: their address."""
    nobody: str
    """Why nobody is chosen."""
    rule: str
    price: str
    out: str
    verdict: Verdict | None
    wish: bool = False
    """Whether one can be told when it is free: a machine that is taken just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsForm:
    """What the site asks of who books, as a sentence; its choices for who may change it."""

    sentence: str
    fields: tuple["TermField", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermField:
    """One value of it."""

    name: str
    label: str
    value: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What of the grid is shown."""

    text: str
    href: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """A line of the day's hours, in hundredths of those that the strips show."""

    text: str
    x: float
    place: str
    """Where its text stands: `start`, `middle` or `end` of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsPage:
    """The week, or one day of it."""

    is_day: bool
    views: tuple[Filter, ...]
    """The week and the day."""
    hours: tuple[Hour, ...]
    kept: Mapping[str, str]
    """Hidden fields of the forms."""
    title: str
    previous: str
    today: str
    following: str
    facts: tuple[str, ...]
    warning: str
    warning_href: str
    filters: tuple[Filter, ...]
    days: tuple[Day, ...]
    groups: tuple[Group, ...]
    narrowed: Filters
    panel: Panel | None
    terms: TermsForm
    may_rule: bool
    is_somebody: bool
    """Whether what they book can be read in a calendar of their own."""

"""What the page of bookings shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.list_filter import Filters
from webui.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """A part of a day's strip; `x` and `width` are in percent of the hours that are shown."""

    look: str
    x: float
    width: float
    time: str = ""
    text: str = ""
    text_x: float = 0.0
    text_width: float = 0.0
    side: str = ""
    """Where its text is: inside, or `before` or `after` it because it is too narrow."""
    is_cut: bool = False
    """Whether a word is too long for the place of the text, which is cut off in one line."""
    y: float = 0.0
    height: float = 0.0
    text_height: float = 0.0
    """In rem, like `y` and `height`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A day of one thing, drawn along its hours; its height is in rem."""

    height: float
    fills: tuple[Fill, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A booked slot, and for whom or what; or that it is free, with the time after a booking."""

    look: str
    """Style: `book`, `mine`, `course`, `out`, `fault`, `warn`, `run`, `missed` or `free`."""
    time: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One thing on one day."""

    date: str
    href: str
    label: str
    """The thing and the day, for screen readers."""
    strip: Strip | None
    """Only in the day view."""
    events: tuple[Event, ...]
    free: str
    """Text on when the thing is free."""
    has_free: bool
    """Whether one of the events is free time."""
    past: bool
    today: bool
    shown: bool
    """Whether it is the day that phones show."""
    open: bool
    """Whether its form is open."""
    shut: bool
    """Whether the place is closed and nothing is booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing and its week."""

    id: str
    name: str
    icon: str
    href: str
    note: str
    """The number of places, why it is out of service, or its state."""
    look: str
    """The note's style: `out`, `fault`, `offline`, `run` or none."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The things of one room."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The head of a column; on phones, a tab."""

    date: str
    weekday: str
    number: str
    title: str
    hours: str
    href: str
    today: bool
    shown: bool
    is_own: bool
    """Whether one of the viewer's own bookings begins on it."""
    shut: bool
    is_slim: bool
    """Whether the place is closed and nothing is booked in any line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of the open day's timeline; its width is its duration."""

    look: str
    """Style: `free`, `chosen`, `book`, `mine`, `course` or `missed`."""
    halves: int
    """How many half-hours it takes."""
    text: str
    starts: str
    label: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellableBooking:
    """A booking on the open day that may be cancelled."""

    text: str
    cancel: str
    asks_why: bool
    """Whether to ask for a reason, for a room's booking that is somebody else's and has begun.

    With a reason, the time that has passed is cancelled as well.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition, and whether it holds."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOffer:
    """A slot that one button books."""

    text: str
    day: str
    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the slot is possible, why not, and what can be done."""

    title: str
    lines: tuple[str, ...]
    conditions: tuple[Condition, ...]
    take: SlotOffer | None
    """The slot itself, or the nearest possible one."""
    refused: SlotOffer | None = None
    """The slot that was refused; None: it is possible."""
    anyway: bool = False
    """Whether this role may book it in spite of missing rights."""
    person: str = ""
    """Address of the page that shows what the member lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The open form of a thing on a day."""

    thing: str
    things: tuple[Option, ...]
    """In the dialog, what can be booked."""
    date: str
    title: str
    close: str
    lane: tuple[Segment, ...]
    cancellable: tuple[CancellableBooking, ...]
    """Bookings of the day that may be cancelled."""
    days: tuple[Option, ...]
    starts: tuple[Option, ...]
    ends: tuple[Option, ...]
    start: str
    end: str
    empty: str
    """The text for a day without slots."""
    past_day_text: str
    """Shown instead of the form on a day that is over."""
    today: str
    """Address of the same form today."""
    slot_error: str
    """Error of the slot, if it can't be judged at all."""
    for_others: bool
    who: str
    """Name of the chosen member, or the search text."""
    member: str
    others: tuple[Option, ...]
    """Others with a matching name: the address that chooses each."""
    nobody: str
    """Why no member is chosen."""
    rule: str
    """What the machine requires, and the booking rules, as text."""
    price: str
    out_of_service_text: str
    """Text: it is out of service now, and why; empty: it is in service."""
    verdict: Verdict | None
    wish: bool = False
    """Whether to offer a notification when the machine, which is taken now, becomes free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsForm:
    """The booking rules as a sentence, and as fields for those who may change them."""

    sentence: str
    fields: tuple["TermField", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermField:
    """A field of the booking rules, with its choices."""

    name: str
    label: str
    value: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A link that filters the grid."""

    text: str
    href: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """An hour label; `x` is in percent of the hours that the strips show."""

    text: str
    x: float
    place: str
    """Alignment of the text: `start`, `middle` or `end`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsPage:
    """What the page shows: a week or a day."""

    is_day: bool
    views: tuple[Filter, ...]
    """Links to the week and the day."""
    hours: tuple[Hour, ...]
    hidden_fields: Mapping[str, str]
    """Hidden fields of the forms, which preserve the view."""
    title: str
    opening: str
    """The opening hours of the seven days, said once."""
    book: str
    """Address of the dialog; empty: there is nothing to book."""
    previous: str
    today: str
    """Address of today; empty: it is shown."""
    following: str
    facts: tuple[str, ...]
    warning: str
    warning_href: str
    filters: tuple[Filter, ...]
    days: tuple[Day, ...]
    groups: tuple[Group, ...]
    narrowed: Filters
    """The filters of the lines, by name, room and state."""
    past_days_text: str
    """Shown instead of the grid when its days are over and nothing was booked."""
    panel: Panel | None
    terms: TermsForm
    may_write_rules: bool
    is_dialog: bool
    is_somebody: bool
    """Whether the account is a member's, so that its bookings can be in a calendar."""

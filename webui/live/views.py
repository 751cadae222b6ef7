"""What Live shows: alarms, facts, tiles of machines and doors, rooms, the day."""

from dataclasses import dataclass

from webui.i18n.dates import Moment
from webui.list_filter import Filters
from webui.parts import Bar, Chip, NavCount, Option, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action on a machine or a door: its button, and what its form asks for."""

    name: str
    """Name of the action in its address."""
    text: str
    icon: str
    href: str
    why: str = ""
    """Why it is not possible now; empty: it is."""
    grave: bool = False
    """Whether the button has the style of a dangerous action."""
    confirmation: str = ""
    """Text that a second click confirms; empty: the first click acts."""
    field: str = ""
    """Name of the form's field for a choice or a text."""
    choices: tuple[Option, ...] = ()
    """Choices, each with a button of its own."""
    other_label: str = ""
    """Label of the field for anything else; empty: there is no such field."""
    other_type: str = "text"
    """Type of that field in HTML."""
    effect: str = ""
    """What it does now, in few words beside its text: when a job ends, how much of it is lost."""
    preview_href: str = ""
    """Address that lists the people who will be notified; empty: nobody will."""

    @property
    def unfolds(self) -> bool:
        """Whether the first click opens a choice or a confirmation."""
        return not self.why and bool(self.confirmation or self.choices or self.other_label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A machine or a door in its present state."""

    id: str
    name: str
    icon: str
    chip: Chip
    lines: tuple[tuple[Part, ...], ...] = ()
    foot: tuple[Part, ...] = ()
    """When its job, its idling or its cooling ends."""
    power: str = ""
    bar: Bar | None = None
    warning: bool = False
    next: tuple[Part, ...] = ()
    """The current or next reservation."""
    soon: tuple[Part, ...] = ()
    """`next` in few words, without a name."""
    alarm: "Alarm | None" = None
    """Its alarm, on Live, where it has no bar of its own."""
    after: str = ""
    """Notice that a job lasts beyond closing time."""
    main: Action | None = None
    """The action whose button is on the tile itself."""
    actions: tuple[Action, ...] = ()
    """Actions of its menu; none for viewers who may not command."""
    silent_box: str = ""
    """Id of its box, while it is offline; empty for viewers who may not command."""
    elsewhere: bool = False
    """Whether its menu is on its own page, as there are too many for this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm; `take` says whether the viewer may take charge of it."""

    id: str
    title: str
    parts: tuple[Part, ...]
    taken: bool = False
    take: bool = False
    settle: str = ""
    """Address that marks it and similar ones as resolved; empty: not possible, or not allowed."""
    what: str = ""
    """The title without its place."""
    point: str = ""
    """Id of the machine or door that it is about; empty: about neither, or about a person there."""
    log: str = ""
    """Address that logs the maintenance as done; empty: it is about none, or not allowed."""
    can_wait: bool = False
    """Whether it can wait, and is not red."""
    member: str = ""
    """Id of the member whose badge it is about; empty: none."""
    report: str = ""
    """Address of the report of a danger that it is about; empty: none, or not allowed."""
    date: str = ""
    """Address of the page on which an admin confirms the controller's date; empty: not about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLine:
    """How many people are in a room; with a bar if the room has a limit."""

    name: str
    heads: str
    bar: Bar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLine:
    """Who supervises a room until when; `end` is the address that ends it, empty if not allowed."""

    id: str
    who: str
    parts: tuple[Part, ...]
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything that changes while the page is open."""

    site: str
    no_contact_since: Moment | None = None
    """Since when the controller has received nothing from the agents; None: it does."""
    facts: tuple[tuple[Part, ...], ...] = ()
    more_facts: str = ""
    """How many more there are than shown, as text; empty: none."""
    alarms: tuple[Alarm, ...] = ()
    more_alarms: str = ""
    care: tuple[Alarm, ...] = ()
    """Alarms that can wait, such as maintenance that is due."""
    summary: tuple[Part, ...] = ()
    """What needs attention, what runs and what is free, as a sentence."""
    machines: tuple[Tile, ...] = ()
    free: str = ""
    """How many of these machines are free, as text."""
    filters: Filters
    """The filters of the machines, with the addresses of further pages."""
    doors: tuple[Tile, ...] = ()
    more_doors: str = ""
    rooms: tuple[RoomLine, ...] = ()
    windows: tuple[WindowLine, ...] = ()
    more_windows: str = ""
    supervise: tuple[Action, ...] = ()
    """Actions that open a supervision window."""
    waiting: NavCount | None = None
    """The number of alarms for the navigation, which is updated with the board."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a lane; `x` and `width` are in percent of the lane's width."""

    look: str
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One machine's day, drawn and as text."""

    name: str
    blocks: tuple[Block, ...]
    spans: tuple[str, ...]
    """The times in which it was on or running, without those under a minute."""
    total: str = ""
    """How long it was running in all; empty: it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """The day of all machines: a message, the hours, the lanes, and the position of the present
    time."""

    message: str
    hours: tuple[str, ...]
    lanes: tuple[Lane, ...]
    now: float
    filters: Filters | None = None
    """Filters, if the day is a page of its own."""
    legend: tuple[Option, ...] = ()
    """Styles that occur, with their names."""

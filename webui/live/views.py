"""What Live shows: alarms first, a head of facts, tiles by need, doors, rooms, the day."""

from dataclasses import dataclass

from webui.i18n.dates import Moment
from webui.list_filter import Filters
from webui.parts import Bar, Chip, Option, Part, WaitingCount


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be done with a machine or a door: where its form goes, and how it asks."""

    deed: str
    text: str
    icon: str
    href: str
    why: str = ""
    """Why it can't be done now; empty: it can."""
    grave: bool = False
    sure: str = ""
    """What is said before a second press does it; empty: the first does."""
    field: str = ""
    """The name of what is chosen or typed along."""
    choices: tuple[Option, ...] = ()
    """Each sent by one press."""
    ask: str = ""
    """The label of a field for anything else."""
    ask_type: str = "text"
    first: str = ""
    """Where to read, before it is done, whom it concerns; empty: nobody in particular."""

    @property
    def unfolds(self) -> bool:
        """Whether the first press shows more."""
        return not self.why and bool(self.sure or self.choices or self.ask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A machine or a door, now."""

    id: str
    name: str
    icon: str
    chip: Chip
    lines: tuple[tuple[Part, ...], ...] = ()
    bar: Bar | None = None
    warning: bool = False
    next: tuple[Part, ...] = ()
    """The next reservation."""
    after: str = ""
    """A notice that it runs on after closing."""
    main: Action | None = None
    """The act at hand without opening the menu."""
    acts: tuple[Action, ...] = ()
    """Those in its menu; none for who may not command."""
    elsewhere: bool = False
    """Whether its menu is on its own page: there are too many for this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm; `take` and `done` say whether the viewer may do that."""

    id: str
    title: str
    parts: tuple[Part, ...]
    taken: bool = False
    take: bool = False
    done: bool = False
    calm: bool = False
    """It can wait, and is not red."""
    member: str = ""
    """The person whose badge it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLine:
    """How many are in a room; a bar where it is known how many may be."""

    name: str
    heads: str
    bar: Bar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLine:
    """Who answers for a room until when; where its end is asked for, for who may."""

    id: str
    who: str
    parts: tuple[Part, ...]
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything that changes while the page is open."""

    site: str
    unheard: Moment | None = None
    """Since when nobody hears the boxes."""
    facts: tuple[tuple[Part, ...], ...] = ()
    more_facts: str = ""
    """How many there are that are not shown, in words; empty when there are none."""
    alarms: tuple[Alarm, ...] = ()
    more_alarms: str = ""
    machines: tuple[Tile, ...] = ()
    filters: Filters
    """Over the machines, with the addresses of their other pages."""
    doors: tuple[Tile, ...] = ()
    more_doors: str = ""
    rooms: tuple[RoomLine, ...] = ()
    windows: tuple[WindowLine, ...] = ()
    more_windows: str = ""
    supervise: tuple[Action, ...] = ()
    """Rooms for which the reader may answer from now on."""
    waiting: WaitingCount | None = None
    """For the navigation, which stays as it is while the board changes."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a lane, in hundredths of its width."""

    look: str
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One machine's day, drawn and in words."""

    name: str
    blocks: tuple[Block, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """The day of all machines: its message, its hours, a lane each, and where *now* is."""

    message: str
    hours: tuple[str, ...]
    lanes: tuple[Lane, ...]
    now: float
    filters: Filters | None = None
    """Where the day is a page of its own."""
    legend: tuple[Option, ...] = ()
    """Looks that occur, with their words."""

"""Contents of a member's own page."""

from dataclasses import dataclass

from webui.billing.views import StatementView
from webui.live.supervision import Duty
from webui.members.member_view import Badge, ComingLine, HeldLine, PassLine, PlanLine
from webui.members.missing_items import MissingItem
from webui.parts import Part
from webui.presence.exits import VisitView


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A machine that one may use now, or could but for something that passes."""

    id: str
    name: str
    icon: str
    note: str
    now: bool
    wish: bool = False
    """Whether one can be told when it is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What is missing; `enrolled`: when the course is in which one is enrolled for it."""

    it: MissingItem
    enrolled: str = ""
    waiting: str = ""
    """When the course is for which one waits: it is not sure."""
    waited: bool = False
    """Whether one is told when there is a place."""
    full: tuple[str, str] = ("", "")
    """The next course session that would help and is full: its id, and when it is."""
    course: str = ""
    """The course that would help and has no session planned."""
    asked: bool = False
    """Whether one has asked for a session of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedLine:
    """A machine session of one's own."""

    name: str
    icon: str
    parts: tuple[Part, ...]
    going_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    """A month with a statement."""

    month: str
    text: str
    is_due: bool
    """Whether something of it is still owed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLine:
    """A wish to be notified."""

    id: str
    text: str
    came_true: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledOffLine:
    """A course session to which one was to come."""

    name: str
    when: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What is owed over all months, the last month, and the others."""

    owed: str
    title: str
    month: str
    statement: StatementView
    others: tuple[MonthLine, ...]
    mailed: bool | None
    """Whether each month's comes by mail; None: there is no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeChangeLine:
    """Something that was done about one's badges or code."""

    text: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinePage:
    name: str
    may_enter: bool
    sentence: str
    more: tuple[str, ...]
    plan: PlanLine
    passes: tuple[PassLine, ...]
    uses: tuple[Use, ...]
    doors: str
    """Those that open now, in words."""
    lacks: tuple[Lack, ...]
    coming: tuple[ComingLine, ...]
    moved_up: frozenset[str]
    """The sessions among them in which one waited, and a place came free."""
    called_off: tuple[CalledOffLine, ...]
    wishes: tuple[WishLine, ...]
    money: Money | None
    visit: VisitView | None
    """The last visit, whose end can be corrected."""
    used: tuple[UsedLine, ...]
    held: tuple[HeldLine, ...]
    badges: tuple[Badge, ...]
    badge_changes: tuple[BadgeChangeLine, ...]
    has_code: bool
    kept_days: int
    kept_months: int
    big: bool
    at_terminal: bool
    letters: str = ""
    """Whether mail comes, and where to; empty at a terminal, where others read along."""
    duties: tuple[Duty, ...] = ()
    """Rooms for which one may answer."""
    team: bool = False
    """Whether one sees Live, where all who answer now stand."""
    wrong_code: str = ""
    """Why a code was not taken."""

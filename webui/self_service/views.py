"""Data of a member's own page."""

from dataclasses import dataclass

from webui.billing.views import StatementView
from webui.live.supervision import SupervisableRoom
from webui.members.member_view import Badge, ComingLine, HeldLine, PassLine, PlanLine
from webui.members.missing_items import MissingItem
from webui.parts import Bar, Part
from webui.presence.exits import VisitView
from webui.self_service.own_reports import OwnReportLine


@dataclass(frozen=True, slots=True, kw_only=True)
class UsableMachine:
    """A machine that the member may use now, or could use if nothing temporary prevented it."""

    id: str
    name: str
    icon: str
    note: str
    now: bool
    wish: bool = False
    """Whether the member can ask to be notified when it is free."""


@dataclass(frozen=True, slots=True)
class FullSession:
    """A course session without a free place."""

    id: str
    when: str
    has_queue: bool
    """Whether somebody is on the waiting list: a place that comes free is theirs first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRight:
    """What is missing; `enrolled` is when the session is in which the member is enrolled for it."""

    it: MissingItem
    enrolled: str = ""
    waiting: str = ""
    """When the session is for which the member is on the waiting list."""
    wish: str = ""
    """The alert for a place in the full session; empty: there is none."""
    full: FullSession | None = None
    """The next session that would help, if it is full."""
    course: str = ""
    """Id of the course that would help and has no session planned."""
    request: str = ""
    """The member's request for a session of that course; empty: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedLine:
    """A past or current machine session of the member."""

    name: str
    icon: str
    parts: tuple[Part, ...]
    is_current: bool
    foot: tuple[Part, ...] = ()
    """The progress and the end of its print; empty unless the printer reports them."""
    bar: Bar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    """A month for which there is a statement."""

    month: str
    text: str
    is_due: bool
    """Whether something of it is still owed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLine:
    """A request to be notified."""

    id: str
    text: str
    came_true: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledSessionLine:
    """A cancelled course session that the member was to attend."""

    name: str
    when: str
    place: str
    """The place's name, if it is not this page's."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What is owed up to this month, the last of these months, the others, and later months."""

    elsewhere: str
    """Id of the place, if it is not this page's."""
    name: str
    """Name of the place; empty: the member has statements at this page's only."""
    owed: str
    upcoming: str
    """What is left to pay in these months for bookings that have not begun; empty: nothing."""
    pending: str
    """What is not counted in it yet; empty: nothing."""
    title: str
    month: str
    statement: StatementView
    others: tuple[MonthLine, ...]
    later: tuple[MonthLine, ...]
    """Months to come in which something is charged already, such as a renewal."""
    mailed: bool | None
    """Whether statements come by e-mail; None: the member has no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeChangeLine:
    """A change to the member's badges or code."""

    text: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """All that a member's own page shows."""

    name: str
    may_enter: bool
    """Whether the member can come in now."""
    sentence: str
    """The same in words."""
    more: tuple[str, ...]
    """Further sentences about it."""
    subscriptions: tuple[PlanLine, ...]
    passes: tuple[PassLine, ...]
    payer: str
    """The organisation or project that pays for the member's use; empty: the member."""
    uses: tuple[UsableMachine, ...]
    doors: str
    """The doors that open now, in words."""
    missing_rights: tuple[MissingRight, ...]
    coming: tuple[ComingLine, ...]
    """Upcoming sessions and bookings at all places that know the member."""
    moved_up: frozenset[str]
    """Sessions in which the member has moved up from the waiting list."""
    cancelled_sessions: tuple[CancelledSessionLine, ...]
    wishes: tuple[WishLine, ...]
    money: tuple[Money, ...]
    """What is owed at each place, this page's first."""
    visit: VisitView | None
    """The last visit, whose end can be corrected."""
    used: tuple[UsedLine, ...]
    """The member's latest machine sessions."""
    reports: tuple[OwnReportLine, ...]
    holdings: tuple[HeldLine, ...]
    """Certifications and documents of the member."""
    badges: tuple[Badge, ...]
    badge_changes: tuple[BadgeChangeLine, ...]
    has_code: bool
    kept_days: int
    """For how many days entries, exits, uses and past bookings are kept."""
    kept_months: int
    """For how many months after the last subscription or pass the member's record is kept."""
    big: bool
    """Whether larger text was chosen."""
    at_terminal: bool
    """Whether the page is open at a shared terminal, and not in the member's own session."""
    letters: str = ""
    """Whether e-mail is sent, and where; empty at a terminal, where others can read it."""
    duties: tuple[SupervisableRoom, ...] = ()
    """Rooms in which the member may supervise."""
    team: bool = False
    """Whether the reader may see the live board, which shows who supervises now."""
    wrong_code: str = ""
    """Why a code was refused; empty: none was."""

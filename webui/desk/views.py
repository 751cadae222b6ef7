"""What the desk shows: the open member, people present, expected arrivals, loans, notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.desk.board import Board, DeskLoan, Note, Room
from controller.capabilities.desk.reading import Stage
from controller.capabilities.presence.shapes import Present
from controller.domain.time import Utc
from webui.badges.stop_page import BadgeNotice
from webui.desk.expected_arrivals import ExpectedView, expected_view
from webui.desk.group_view import GroupView
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, clock, relative
from webui.live.supervision import SupervisableRoom
from webui.live.views import Tile
from webui.members.member_view import MemberSummary
from webui.members.views import MemberLine
from webui.parts import Option, Part
from webui.presence.exits import VisitView

ROW_LIMIT = 12
"""People of a room who are visible at once; the others are folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIn:
    """Somebody who is in; `href` opens the member or group at the desk; empty: a visitor."""

    id: str
    name: str
    heads: int
    since: Moment
    learnt: Moment | None = None
    """When the entry became known, if that was later; None: at once."""
    is_person: bool = False
    href: str = ""
    is_forgotten: bool = False
    """Whether they came on an earlier day, so that the time of their exit has to be entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """A room and who is in it; `more` are the folded people."""

    id: str
    name: str
    count: str
    full: str
    """Text that says that the room is full; empty: it is not."""
    people: tuple[PersonIn, ...]
    more: tuple[PersonIn, ...] = ()
    others: str = ""
    """Text for the number of people who are not listed."""
    beyond: str = ""
    """Link text with the number of people on the room's own page; empty: all are listed here."""
    booked: str = ""
    """Until when or from when it is booked today, as text; empty: it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanView:
    """A lent badge, and who has it."""

    name: str
    href: str
    note: str
    since: Moment
    is_overdue: bool
    act: str
    """Address of the form that returns the badge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskNow:
    """Everything that changes while the page is open."""

    count: str
    jumps: tuple[Option, ...]
    """Links to the parts of the page, for small screens."""
    needs_help: str
    """Names and rooms of people in who need help, as text."""
    rooms: tuple[RoomView, ...]
    in_sessions: tuple[PersonIn, ...]
    """Who is noted as present in a session, and recorded in no room."""
    lent: tuple[LoanView, ...]
    expected: tuple[ExpectedView, ...]
    later: int
    """Number of later bookings of today that are not in `expected`."""
    notes: tuple[Note, ...]
    doors: tuple[Tile, ...] = ()
    no_contact_since: Moment | None = None
    """Since when the controller has received nothing from the agents; None: it does."""
    zone: str = ""
    """Id of the room that a new arrival enters; empty: the place has none."""
    person: str = ""
    """Id of the open member, whom other actions leave open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownBadge:
    """The last badge that was tapped and belongs to nobody."""

    event: str
    where: str
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMember:
    """The open member, where they are, and what an entry would be for."""

    page: MemberSummary
    """What the desk shows of the member."""
    zone: str = ""
    """Id of the room that an entry would be for; empty: the place has none."""
    door: Tile | None = None
    """The door to open together with the entry."""
    presence: str = ""
    where: str = ""
    since: Moment | None = None
    pass_note: str = ""
    """What an entry would do to the member's pass; empty: they are in, or have none."""
    awaited: str = ""
    """Names of sessions for which the member is expected."""
    visit: VisitView | None = None
    """The last visit, whose end can be corrected; None: there is nothing to correct."""
    wish_texts: tuple[str, ...] = ()
    """Texts about things that are free now and that the member is waiting for."""
    duties: tuple[SupervisableRoom, ...] = ()
    stopped: BadgeNotice | None = None
    """Notice about the tapped badge if it is lent or does not work."""

    @property
    def refused(self) -> bool:
        """Whether the member has no right to come in, so that an entry needs a deliberate click."""
        return self.page.sentence.refuses or bool(self.stopped and not self.stopped.works)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberError:
    """An invalid badge number: the id of its field, what was typed, and the error."""

    field: str
    typed: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to confirm before an action, and the form that confirms it."""

    text: str
    action: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A reader that can be used at the desk."""

    id: str
    name: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReader:
    """A reader that waits for a badge or has given up; `again`: it starts again by itself."""

    id: str
    point: str
    name: str
    stage: Stage
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPage:
    """What the page of a room shows."""

    room: RoomView
    after: str | None = None
    """Cursor of the shown page of the list; None: it is the first."""
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """The whole page."""

    opening: tuple[Part, ...]
    today: str
    time: str
    zone: str
    """Time zone of the clock on the page."""
    now: DeskNow
    zones: tuple[Option, ...]
    query: str = ""
    is_badge_end: bool = False
    """Whether the query may be the end of a badge's number, rather than a name."""
    count_text: str = ""
    """How many members match, as text."""
    person: OpenMember | None = None
    group: GroupView | None = None
    """The group whose badge was tapped."""
    others: tuple[MemberLine, ...] = ()
    """Other members who match."""
    badge: str = ""
    """A badge number that was typed and belongs to nobody."""
    in_network: bool = False
    """Whether there are other sites, whose members this desk does not see."""
    number_error: NumberError | None = None
    question: Question | None = None
    last: UnknownBadge | None = None
    plans: tuple[Option, ...] = ()
    prices: tuple[str, ...] = ()
    """What subscriptions cost."""
    lengths: tuple[Option, ...] = ()
    readers: tuple[Reader, ...] = ()
    waiting: WaitingReader | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    """Values of a form that was refused."""

    def number_error_at(self, name: str) -> NumberError | Mapping[str, str]:
        """Return the error of that field; empty: there is none."""
        return self.number_error if self.number_error and self.number_error.field == name else {}


def now_view(
    board: Board,
    doors: tuple[Tile, ...],
    now: Utc,
    zone: ZoneInfo,
    person: str = "",
    no_contact_since: Utc | None = None,
) -> DeskNow:
    """Return the board in the current language."""
    rooms = tuple(
        replace(room_view(room, now, zone), booked=_booking_text(room, board, now, zone))
        for room in board.rooms
    )
    names = {room.id: room.name for room in rooms}
    soon = expected_view(board, now, zone)
    loans = tuple(_loan_view(badge, now, zone) for badge in (*board.lent, *board.groups))
    return DeskNow(
        jumps=_jump_options(board, sum(not it.is_in for it in soon) + board.later, len(loans)),
        count=_heads_text(board.heads, board.capacity),
        needs_help=", ".join(
            [f"{name} ({names.get(room, room)})" for name, room in board.needs_help]
            + [person.name for person in board.in_sessions if person.needs_help]
        ),
        rooms=rooms,
        in_sessions=tuple(
            PersonIn(
                id=person.member_id,
                name=person.name,
                heads=1,
                since=relative(person.since, now, zone),
                href=url_for("desk.show", person=person.member_id),
            )
            for person in board.in_sessions
        ),
        lent=loans,
        expected=soon,
        later=board.later,
        notes=board.notes,
        doors=doors,
        no_contact_since=_optional_moment(no_contact_since, now, zone),
        zone=rooms[0].id if rooms else "",
        person=person,
    )


def _jump_options(board: Board, soon: int, lent: int) -> tuple[Option, ...]:
    return (
        Option(value="in", text=plural("%(n)s in", "%(n)s in", board.heads)),
        Option(value="soon", text=plural("%(n)s expected", "%(n)s expected", soon)),
        Option(value="lent", text=plural("%(n)s badge lent", "%(n)s badges lent", lent)),
        Option(value="notes", text=plural("%(n)s note", "%(n)s notes", len(board.notes))),
    )


def room_view(room: Room, now: Utc, zone: ZoneInfo, listed: int | None = ROW_LIMIT) -> RoomView:
    """Return the view of a room; people after the first `listed` are folded (None: nobody is)."""
    people = tuple(
        PersonIn(
            id=person.id,
            name=person.name,
            heads=person.heads,
            since=relative(person.since, now, zone),
            learnt=_optional_moment(person.learnt_at, now, zone),
            is_person=person.member_id is not None,
            href=_person_href(person),
            is_forgotten=person.since.astimezone(zone).date() < now.astimezone(zone).date(),
        )
        for person in sorted(room.people, key=lambda person: person.since, reverse=True)
    )
    shown, more = people[:listed], people[listed:] if listed else ()
    return RoomView(
        id=room.id,
        name=room.name.read(current()) or room.id,
        count=_heads_text(room.heads, room.capacity),
        full=_capacity_text(room.heads, room.capacity),
        people=shown,
        more=more,
        others=plural("and %(n)s more", "and %(n)s more", len(more) + room.hidden),
        beyond=_("See all %(n)s people in", n=len(people) + room.hidden) if room.hidden else "",
    )


def _booking_text(room: Room, board: Board, now: Utc, zone: ZoneInfo) -> str:
    visit = next((visit for visit in board.expected if visit.what == room.name), None)
    if visit is None:
        return ""
    if visit.starts_at <= now:
        return _("booked until %(time)s", time=clock(visit.ends_at, zone))
    return _("booked at %(time)s", time=clock(visit.starts_at, zone))


def _heads_text(heads: int, capacity: int | None) -> str:
    if capacity is None:
        return str(heads)
    return _("%(n)s of %(capacity)s", n=heads, capacity=capacity)


def _capacity_text(heads: int, capacity: int | None) -> str:
    if capacity is None or heads < capacity:
        return ""
    if heads == capacity:
        return _("full")
    return _("full: %(n)s too many", n=heads - capacity)


def _person_href(person: Present) -> str:
    if person.member_id is not None:
        return url_for("desk.show", person=person.member_id)
    return url_for("desk.show", group=person.group_id) if person.group_id else ""


def _optional_moment(at: Utc | None, now: Utc, zone: ZoneInfo) -> Moment | None:
    return None if at is None else relative(at, now, zone)


def _loan_view(badge: DeskLoan, now: Utc, zone: ZoneInfo) -> LoanView:
    if badge.group_id is not None:
        act = url_for("desk_acts.end_group", group=badge.group_id)
        href = url_for("desk.show", group=badge.group_id)
    else:
        act = url_for("badges.return_badge", member=badge.member_id, key=badge.id)
        href = url_for("desk.show", person=badge.member_id)
    ending = _("badge %(ending)s", ending=badge.ending) if badge.ending else _("without a badge")
    return LoanView(
        name=badge.name,
        href=href,
        note=ending,
        since=relative(badge.since, now, zone),
        is_overdue=badge.until is not None and badge.until <= now,
        act=act,
    )

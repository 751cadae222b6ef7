"""What the desk shows: the person who stands there, who is in, expected, lent, notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.desk.board import Board, Expected, Lent
from controller.capabilities.presence.shapes import Present
from controller.domain.time import Utc
from webui.i18n import _, current
from webui.i18n.dates import Moment, clock, format_relative, moment
from webui.members.member_view import MemberPage
from webui.members.views import MemberLine
from webui.parts import Bar, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIn:
    """Somebody who is in; `href` opens a member in place."""

    id: str
    name: str
    heads: int
    since: Moment
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """A zone: who is in, out of how many; `more`: heads that are not listed."""

    id: str
    name: str
    count: str
    bar: Bar | None
    people: tuple[PersonIn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LentView:
    """A badge that is to come back."""

    name: str
    note: str
    since: Moment
    late: bool
    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedView:
    """Who is to come today, and for what."""

    at: Moment
    name: str
    note: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """What the shift before left."""

    id: str
    text: str
    by: str
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """Everything that changes while the page is open."""

    heads: int
    needs_help: str
    rooms: tuple[RoomView, ...]
    lent: tuple[LentView, ...]
    expected: tuple[ExpectedView, ...]
    notes: tuple[NoteView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The badge that nobody has and somebody has just shown."""

    event: str
    where: str
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The person who stands there, and where she is now."""

    page: MemberPage
    presence: str = ""
    where: str = ""
    since: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """The whole page."""

    today: str
    now: Now
    zones: tuple[Option, ...]
    query: str = ""
    person: Open | None = None
    others: tuple[MemberLine, ...] = ()
    """Who else it could be."""
    badge: str = ""
    """A number that was typed and is nobody's."""
    last: Last | None = None
    plans: tuple[Option, ...] = ()
    lengths: tuple[Option, ...] = ()


def now_view(found: Board, now: Utc, zone: ZoneInfo) -> Now:
    """The board in the current language."""
    return Now(
        heads=found.heads,
        needs_help=", ".join(found.needs_help),
        rooms=tuple(
            RoomView(
                id=each.id,
                name=each.name.read(current()) or each.id,
                count=_count(each.heads, each.capacity),
                bar=_bar(each.heads, each.capacity),
                people=_people(each.people, now, zone),
            )
            for each in found.rooms
        ),
        lent=tuple(_lent(each, now, zone) for each in (*found.lent, *found.groups)),
        expected=tuple(_expected(each, now, zone) for each in found.expected),
        notes=tuple(
            NoteView(
                id=each.id,
                text=each.text,
                by=each.by,
                at=moment(format_relative(each.at, now, zone), each.at, zone),
            )
            for each in found.notes
        ),
    )


def _count(heads: int, capacity: int | None) -> str:
    if capacity is None:
        return str(heads)
    return _("%(n)s sur %(capacity)s", n=heads, capacity=capacity)


def _bar(heads: int, capacity: int | None) -> Bar | None:
    if not capacity:
        return None
    return Bar(percent=min(100, round(100 * heads / capacity)), label=_count(heads, capacity))


def _people(found: Sequence[Present], now: Utc, zone: ZoneInfo) -> tuple[PersonIn, ...]:
    return tuple(
        PersonIn(
            id=each.id,
            name=each.name,
            heads=each.heads,
            since=moment(format_relative(each.since, now, zone), each.since, zone),
            href=url_for("desk.show", person=each.member_id) if each.member_id else "",
        )
        for each in sorted(found, key=lambda each: each.name.casefold())
    )


def _lent(each: Lent, now: Utc, zone: ZoneInfo) -> LentView:
    if each.group_id is not None:
        act = url_for("desk_acts.end_group", group=each.group_id)
    else:
        act = url_for("badges.give_back", member=each.member_id, key=each.id)
    ending = _("badge %(ending)s", ending=each.ending) if each.ending else _("sans badge")
    return LentView(
        name=each.name,
        note=ending,
        since=moment(format_relative(each.since, now, zone), each.since, zone),
        late=each.until is not None and each.until <= now,
        act=act,
    )


def _expected(each: Expected, now: Utc, zone: ZoneInfo) -> ExpectedView:
    what = each.what.read(current()) if each.what else ""
    at = moment(clock(each.starts_at, zone), each.starts_at, zone)
    if each.member_id is not None:
        until = clock(each.ends_at, zone)
        note = _("%(what)s, jusqu’à %(time)s", what=what, time=until)
        href = url_for("desk.show", person=each.member_id)
        return ExpectedView(at=at, name=each.who, note=note, href=href)
    note = _("Inscrits : %(n)s", n=_count(each.enrolled or 0, each.places))
    return ExpectedView(at=at, name=what or each.who or _("Séance"), note=note)

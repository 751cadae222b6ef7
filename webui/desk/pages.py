"""The desk: a search field that keeps the focus, the open member, who is in, who is expected."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.bookings import wishes
from controller.capabilities.desk import board, unknown
from controller.capabilities.groups import groups
from controller.capabilities.live.hub_contact import no_contact_since
from controller.capabilities.live.rooms import heads_inside
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places import sites
from controller.capabilities.plans import member_search, pass_days
from controller.capabilities.plans.pass_days import PassEffect
from controller.capabilities.training import attendance
from controller.domain.facts import CredentialStatus, Name, Site
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.paging import Cursor
from controller.policy import facts_of
from controller.policy.reading import from_json
from webui import refused_input
from webui.badges.numbers import is_number, read_number
from webui.badges.stop_page import read_badge_notice
from webui.context import context
from webui.desk import readers
from webui.desk.doors import read_doors
from webui.desk.group_view import GroupView, read_group
from webui.desk.views import (
    DeskNow,
    DeskPage,
    NumberError,
    OpenMember,
    Question,
    RoomPage,
    UnknownBadge,
    WaitingReader,
    now_view,
    room_view,
)
from webui.feature import Pages
from webui.guard import actor, current_site, is_allowed, is_htmx_request, site
from webui.i18n import _, current, plural, translator
from webui.i18n.dates import clock, format_day, format_relative, moment
from webui.live.facts import opening_text
from webui.live.supervision import supervisable_rooms
from webui.members import namesakes
from webui.members.add_member import empty_form, plan_names, subscription_prices
from webui.members.member_presenter import member_brief
from webui.members.member_view import MemberSummary
from webui.members.reading import MemberReader
from webui.members.views import MemberLine, member_line
from webui.navigation import DESK, Nav
from webui.parts import NavCount, Option
from webui.presence import exits
from webui.request_transaction import request_transaction
from webui.search.pages import hits_without_people


def inside_count() -> NavCount | None:
    """Return the number of people in; None if nobody is, or if it is not shown to this account."""
    at = current_site()
    if at is None or is_htmx_request() or not is_allowed(Permission.LIVE_READ):
        return None
    with request_transaction() as db:
        heads = sum(heads_inside(db, at.id, actor=actor(), now=context().clock()).values())
    return NavCount(heads, plural("%(n)s in", "%(n)s in", heads)) if heads else None


MAX_SUGGESTIONS = 6
"""How many members with a matching name are listed."""
_BADGE_END = re.compile(r"(?=.*\d)[0-9A-Fa-f]{4}")
"""The last four characters of a badge's number, which are what pages show of it."""
MAX_SEARCH_CHARACTERS = 80

pages = Pages("desk", __name__)


@dataclass(frozen=True, slots=True)
class _DeskContext:
    """The site and the time for which the desk's page is read."""

    db: Session
    site: Site
    now: Utc

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.site.time_zone)


@pages.get(
    "/desk",
    Permission.DESK,
    nav=Nav(
        entry=DESK,
        text=lambda: _("Counter"),
        also="desk reception front counter réception comptoir "
        "lend prêter welcome accueillir enter entrer",
        short=lambda: _("Desk"),
        waiting=inside_count,
    ),
)
def show() -> ResponseReturnValue:
    """Show the whole page; for htmx, only who is in and who is expected."""
    person = request.args.get("person", "")
    if is_htmx_request():
        with context().database.read() as db:
            return render_template("desk/now.html", now=_read_now(_read_site(db), person))
    query = request.args.get("q", "")[:MAX_SEARCH_CHARACTERS].strip()
    group, shown = request.args.get("group", ""), request.args.get("shown", "")
    page = read_desk(query=query, person=person, shown=shown, group=group)
    return render_template("desk/desk.html", page=page)


@pages.get("/desk/rooms/<room>", Permission.DESK)
def room(room: str) -> ResponseReturnValue:
    """List everybody in a room; the desk itself lists only the latest."""
    after = request.args.get("after")
    with context().database.read() as db:
        desk, cursor = _read_site(db), Cursor(after=after, limit=board.PEOPLE_LIMIT)
        room_board, people = board.room(db, site().id, room, actor=actor(), cursor=cursor)
    view = room_view(room_board, desk.now, desk.zone, listed=None)
    page = RoomPage(room=view, after=after, next=people.next)
    return render_template("desk/room.html", page=page)


@pages.post("/desk/find", Permission.DESK)
def find() -> ResponseReturnValue:
    """Open the tapped badge's member, or list the members with the typed name.

    A form sends it, so that no badge number appears in an address or a log.
    """
    typed = request.form.get("q", "")[:MAX_SEARCH_CHARACTERS].strip()
    if not typed:
        return redirect(url_for("desk.show"), 303)
    if is_number(typed):
        return open_by_badge(typed, request.form.get("person", ""))
    with context().database.read() as db:
        people = _search_members(_read_site(db), typed)[0]
        shown = _badge_with_end(db, people[0].id, typed) if people else None
    others = () if people else hits_without_people(typed)
    to = others[0].href if others else url_for("desk.show", q=typed, shown=shown)
    return redirect(to, 303)


def _badge_with_end(db: Session, member: str, ending: str) -> str | None:
    """Return the id of the member's badge whose number ends so, if any: rather one that works."""
    if not _BADGE_END.fullmatch(ending):
        return None
    badges = credentials.page(db, actor=actor(), member_id=member).items
    matches = [badge for badge in badges if badge.value.endswith(ending.upper())]
    matches.sort(key=lambda badge: badge.status is not CredentialStatus.ACTIVE)
    return matches[0].id if matches else None


def open_by_badge(typed: str, person: str) -> ResponseReturnValue:
    """Open the member or the group with this badge.

    If the badge is unassigned, the desk shows the same member, to whom it can be given. The id of a
    badge that is lent or does not work is added to the address, so that the page shows a notice.
    """
    web, who, stop, group = context(), actor(), None, None
    with web.database.read() as db:
        badge = credentials.find(db, read_number(typed), vault=web.vault, actor=who)
        if badge is not None:
            stop = credentials.find_badge_stop(db, badge.id, actor=who, now=web.clock())
        else:
            group = groups.of_badge(db, read_number(typed), vault=web.vault, actor=who)
    if badge is not None:
        shown = badge.id if stop or badge.lent else None
        return redirect(url_for("desk.show", person=badge.member_id, shown=shown), 303)
    if group is not None and group.site_id == site().id:
        return redirect(url_for("desk.show", group=group.id), 303)
    return render_template("desk/desk.html", page=read_desk(badge=typed, person=person))


@pages.post("/desk/names", Permission.DESK)
def names() -> ResponseReturnValue:
    """List members with a matching name while somebody types; empty while a reader sends digits."""
    typed = request.form.get("q", "")[:MAX_SEARCH_CHARACTERS].strip()
    if len(typed) < 2 or is_number(typed) or typed[:1].isdigit():
        return ("", 200) if is_htmx_request() else redirect(url_for("desk.show"), 303)
    with context().database.read() as db:
        matches, _words = _search_members(_read_site(db), typed)
    return render_template(
        "desk/names.html", found=matches, things=hits_without_people(typed), query=typed
    )


def read_desk(
    *,
    query: str = "",
    person: str = "",
    badge: str = "",
    shown: str = "",
    group: str = "",
    number_error: NumberError | None = None,
    question: Question | None = None,
    waiting: WaitingReader | None = None,
) -> DeskPage:
    """Read the whole page; `shown` is the id of the badge that was tapped or typed.

    404 for a member or group that this site does not know.
    """
    with context().database.read() as db:
        desk = _read_site(db)
        others, count_text = _search_members(desk, query) if query else ((), "")
        if others and not others[0].beside:  # of two people of one name neither is opened
            person = person or others[0].id
        desk_now = _read_now(desk, person)
        open_member = _read_open_member(desk, person, desk_now, shown) if person else None
        group_view = _read_group(desk, group, desk_now) if group else None
        last = _last_unknown_badge(desk)
        add = empty_form(plan_names(db), subscription_prices(db, desk.now))
        site_readers = readers.readers(db)
        in_network = sites.count(db) > 1
    return DeskPage(
        opening=opening_text(desk.site, desk.now, desk.zone),
        today=format_day(desk.now.astimezone(desk.zone), "EEEE d MMMM"),
        time=clock(desk.now, desk.zone),
        zone=desk.site.time_zone,
        now=desk_now,
        zones=tuple(
            Option(value=space.id, text=", ".join(filter(None, (space.name, space.full))))
            for space in desk_now.rooms
        ),
        query=query,
        is_badge_end=bool(_BADGE_END.fullmatch(query)),
        count_text=count_text,
        person=open_member,
        group=group_view,
        others=tuple(member_line for member_line in others if member_line.id != person),
        badge=badge,
        in_network=in_network,
        number_error=number_error,
        question=question,
        last=last,
        plans=add.plans,
        prices=add.prices,
        lengths=add.lengths,
        readers=site_readers,
        waiting=waiting or (None if badge else readers.dedicated_reader(site_readers)),
        typed=refused_input.take(),
    )


def _read_site(db: Session) -> _DeskContext:
    now = context().clock()
    return _DeskContext(db, facts_of.site(db, site().id, now), now)


def _read_now(desk: _DeskContext, person: str = "") -> DeskNow:
    """Return who is in and expected, loans, notes and doors."""
    tomorrow = desk.now.astimezone(desk.zone).date() + timedelta(days=1)
    until = Utc.midnight(tomorrow, desk.zone)
    live_board = board.board(desk.db, desk.site.id, actor=actor(), now=desk.now, until=until)
    first = live_board.rooms[0].id if live_board.rooms else ""
    doors = read_doors(desk.db, desk.site, desk.now, first, person)
    since = no_contact_since(desk.db, desk.site.id, desk.now)
    return now_view(live_board, doors, desk.now, desk.zone, person, since)


def _read_open_member(desk: _DeskContext, person: str, desk_now: DeskNow, shown: str) -> OpenMember:
    page = member_brief(desk.db, person, desk.now)
    present = board.of_member(desk.db, desk.site.id, person, actor=actor())
    courses = attendance.awaiting_sessions(desk.db, person, desk.site.id, at=desk.now)
    awaited_courses = ", ".join(name.read(current()) for _session, name in courses)
    way_in, doors = page.way_in, {door.id: door for door in desk_now.doors}
    view = OpenMember(
        page=page,
        zone=way_in.room([space.id for space in desk_now.rooms]),
        door=doors.get(way_in.door(list(doors))),
        awaited=awaited_courses,
        visit=exits.last_visit(
            MemberReader(db=desk.db, who=actor(), now=desk.now, zone=desk.zone, member=person)
        ),
        wish_texts=_notice_texts(desk, person),
        duties=supervisable_rooms(desk.db, person, desk.now),
        stopped=read_badge_notice(desk.db, person, shown, desk.now),
    )
    in_session = next((it for it in desk_now.in_sessions if it.id == page.id), None)
    if in_session is not None:
        view = replace(view, where=_("In a session, no room recorded"), since=in_session.since)
    if present is None:
        zone = view.zone
        return replace(view, pass_note=_pass_note(desk, page, zone)) if zone else view
    rooms = {space.id: space.name for space in desk_now.rooms}
    text = format_relative(present.since, desk.now, desk.zone)
    is_of_today = present.since >= Utc.midnight(desk.now.astimezone(desk.zone).date(), desk.zone)
    return replace(
        view,
        pass_note=_pass_note(desk, page, present.zone_id, is_in=True) if is_of_today else "",
        presence=present.id,
        where=rooms.get(present.zone_id, present.zone_id),
        since=moment(text, present.since, desk.zone),
    )


def _pass_note(desk: _DeskContext, page: MemberSummary, zone: str, *, is_in: bool = False) -> str:
    """Return the effect of an entry on the member's pass, by the same rule as the entry.

    Of somebody who is in, it says whether today is used: the pass may be newer than their entry.
    """
    if not page.passes:
        return ""
    texts = {
        PassEffect.SPENT: _("%(n)s left, one used on entry"),
        PassEffect.PAID: _("%(n)s left, today’s is used"),
        PassEffect.COVERED: _("%(n)s left, not used: a subscription covers the entry"),
        PassEffect.UNUSABLE: _("%(n)s left, not used on entry: it does not open here now"),
    }
    if is_in:
        texts |= {
            PassEffect.SPENT: _("%(n)s left, today isn’t used: record that they leave, then enter"),
            PassEffect.UNUSABLE: _("%(n)s left"),
        }
    effect = pass_days.effect_at_desk(desk.db, page.id, zone, desk.now)
    return texts[effect] % {"n": page.passes[0].units_left}


def _read_group(desk: _DeskContext, group: str, desk_now: DeskNow) -> GroupView:
    rooms = {space.id: space.name for space in desk_now.rooms}
    return read_group(desk.db, group, rooms, desk.now, desk.zone)


def _notice_texts(desk: _DeskContext, person: str) -> tuple[str, ...]:
    fulfilled = wishes.of_member(desk.db, desk.site.id, person, actor=actor(), now=desk.now)
    return tuple(
        wishes.text(wish, translator(), desk.site.time_zone, desk.now)
        for wish in fulfilled
        if wish.came_true_at
    )


def _search_members(desk: _DeskContext, query: str) -> tuple[tuple[MemberLine, ...], str]:
    """Return the members with that name, and their number as text."""
    cursor = Cursor(limit=MAX_SUGGESTIONS)
    matches = member_search.search(desk.db, query, actor=actor(), now=desk.now, cursor=cursor)
    people = matches.items
    if not people and _BADGE_END.fullmatch(query):
        people = member_search.with_badge_end(desk.db, query, actor=actor(), now=desk.now)
    alike = [member_line(member, {}, desk.now, desk.zone) for member in people]
    lines = namesakes.distinguish(desk.db, alike)
    if matches.next:
        return lines, _("more than %(n)s people", n=MAX_SUGGESTIONS)
    return lines, plural("%(n)s person", "%(n)s people", len(lines)) if lines else ""


def _last_unknown_badge(desk: _DeskContext) -> UnknownBadge | None:
    tapped = unknown.last_unknown(desk.db, desk.site.id, actor=actor(), now=desk.now)
    if tapped is None:
        return None
    point = desk.db.get(AccessPointRow, tapped.access_point)
    name = from_json(point.name, Name).read(current()) if point else None
    at = moment(clock(tapped.at, desk.zone), tapped.at, desk.zone)
    return UnknownBadge(event=tapped.event_id, where=name or tapped.access_point, at=at)

"""The desk: one field that keeps the focus, the person who stands there, who is in and expected."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.desk import board, unknown
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.plans import member_search
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.kernel.paging import Cursor
from controller.policy.reading import from_json
from webui.badges.numbers import is_number, read_number
from webui.context import context
from webui.desk.views import DeskPage, Last, Now, Open, now_view
from webui.guard import actor, is_part, site
from webui.i18n import _, current, locale
from webui.i18n.dates import clock, format_relative, moment
from webui.members.adding import empty, plan_names
from webui.members.member_read import read_member
from webui.members.views import MemberLine, line
from webui.parts import Option
from webui.room import Nav, NavGroup, Pages

OTHERS = 6
LONGEST = 80

pages = Pages("desk", __name__)


@pages.get(
    "/desk",
    Permission.DESK,
    nav=Nav(
        icon="concierge-bell",
        text=lambda: _("Accueil"),
        short=lambda: _("Accueil"),
        group=NavGroup.DAY,
        place=20,
    ),
)
def show() -> ResponseReturnValue:
    """The whole page; who is in and expected alone when htmx asks again."""
    if is_part():
        with context().database.read() as db:
            return render_template("desk/now.html", now=read_now(db))
    person = request.args.get("person", "")
    query = request.args.get("q", "")[:LONGEST].strip()
    return render_template("desk/desk.html", page=read_desk(query=query, person=person))


@pages.post("/desk/find", Permission.DESK)
def find() -> ResponseReturnValue:
    """What was typed or read in the field: a badge opens its person, a name those of that name.

    By a form, so that no number of a badge stands in an address or a log.
    """
    typed = request.form.get("q", "")[:LONGEST].strip()
    if not typed:
        return redirect(url_for("desk.show"), 303)
    if not is_number(typed):
        return redirect(url_for("desk.show", q=typed), 303)
    with context().database.read() as db:
        vault = context().vault
        badge = credentials.find(db, read_number(typed), vault=vault, actor=actor())
    if badge is not None:
        return redirect(url_for("desk.show", person=badge.member_id), 303)
    return render_template("desk/desk.html", page=read_desk(badge=typed))


@pages.post("/desk/names", Permission.DESK)
def names() -> ResponseReturnValue:
    """Who has that name, under the field while one types; nobody while a reader types."""
    typed = request.form.get("q", "")[:LONGEST].strip()
    if len(typed) < 2 or is_number(typed) or typed[:1].isdigit():
        return ("", 200) if is_part() else redirect(url_for("desk.show"), 303)
    with context().database.read() as db:
        found = _found(db, typed)
    return render_template("desk/names.html", found=found)


def read_desk(*, query: str = "", person: str = "", badge: str = "") -> DeskPage:
    """The page; 404 for a person whom this site does not know."""
    given, at = context(), site()
    now, zone = given.clock(), ZoneInfo(at.time_zone)
    with given.database.read() as db:
        shown = read_now(db)
        others = _found(db, query) if query else ()
        last = _last(db, now, zone)
        plans = plan_names(db)
    if not person and others:
        person, others = others[0].id, others[1:]
    add = empty(plans)
    return DeskPage(
        today=f"{format_date(now.astimezone(zone), 'EEEE d MMMM', locale=locale())}, "
        f"{clock(now, zone)}",
        now=shown,
        zones=tuple(Option(value=each.id, text=each.name) for each in shown.rooms),
        query=query,
        person=_open(person, now, zone) if person else None,
        others=others,
        badge=badge,
        last=last,
        plans=add.plans,
        lengths=add.lengths,
    )


def read_now(db: Session) -> Now:
    """Who is in, expected, lent; notes."""
    now, zone = context().clock(), ZoneInfo(site().time_zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    until = Utc.of(datetime.combine(tomorrow, time(0), zone))
    found = board.board(db, site().id, actor=actor(), now=now, until=until)
    return now_view(found, now, zone)


def _open(person: str, now: Utc, zone: ZoneInfo) -> Open:
    try:
        page = read_member(person)
    except NotFound:
        abort(404)
    with context().database.read() as db:
        present = board.of_member(db, site().id, person, actor=actor())
        if present is None:
            return Open(page=page)
        rooms = {each.id: each.name for each in read_now(db).rooms}
    since = moment(format_relative(present.since, now, zone), present.since, zone)
    where = rooms.get(present.zone_id, present.zone_id)
    return Open(page=page, presence=present.id, where=where, since=since)


def _found(db: Session, query: str) -> tuple[MemberLine, ...]:
    now, zone = context().clock(), ZoneInfo(site().time_zone)
    cursor = Cursor(limit=OTHERS)
    found = member_search.search(db, query, actor=actor(), now=now, cursor=cursor)
    return tuple(line(each, {}, now, zone) for each in found.items)


def _last(db: Session, now: Utc, zone: ZoneInfo) -> Last | None:
    found = unknown.last_unknown(db, site().id, actor=actor(), now=now)
    if found is None:
        return None
    point = db.get(AccessPointRow, found.access_point)
    name = from_json(point.name, Name).read(current()) if point else None
    at = moment(clock(found.at, zone), found.at, zone)
    return Last(event=found.event_id, where=name or found.access_point, at=at)

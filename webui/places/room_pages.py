"""Rooms: the list with capacity and desks, and the forms to add and change a room."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.bookings.week import busiest_time
from controller.capabilities.live import rooms as live_rooms
from controller.capabilities.machines import access_points
from controller.capabilities.places import zone_removal, zones
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewZone, Zone, ZoneFields
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, NotFound, ServiceError, Stale
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui import forms, same_name
from webui.context import context
from webui.feature import Pages
from webui.form_fields import version
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, pgettext, plural
from webui.i18n.dates import clock, day
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Bar
from webui.places.hours_presenter import opening_text
from webui.places.reading import PlaceReader
from webui.undo import done_with_undo, flash_done
from webui.write_actions import ANY, write_action

pages = Pages("rooms", __name__)
_READ, _WRITE = Permission.LIVE_READ, Permission.RULES_WRITE
_DEFAULTS = {"window_max_min": str(ZoneFields(name=Label(en="new")).window_max_min)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLine:
    """One room in the list."""

    id: str
    name: str
    inside: str
    """How many people are in, and how many it holds; no names."""
    bar: Bar | None
    """How full it is; None: it has no limit."""
    facts: tuple[str, ...]
    points: str
    """Its machines and doors; empty: none."""


@pages.get("/hours/rooms", _READ)
def show() -> ResponseReturnValue:
    """Show the rooms of this site."""
    who = actor()
    with context().database.read() as db:
        rows = all_items(lambda at: zones.page(db, actor=who, cursor=at))
        points = all_items(lambda at: access_points.page(db, actor=who, cursor=at))
        heads = live_rooms.heads_by_zone(db, site().id, actor=who)
        opening = opening_text(PlaceReader(db, who, site(), context().clock()))
    kinds: defaultdict[str | None, Counter[PointKind]] = defaultdict(Counter)
    for point in points:
        for zone_id in {point.zone_id, point.from_zone_id}:
            kinds[zone_id][point.kind] += 1
    return render_template(
        "rooms/rooms.html",
        lines=tuple(_line(zone, heads.get(zone.id, 0), kinds[zone.id]) for zone in rows),
        opening=opening,
        may_write_rules=is_allowed(_WRITE),
    )


@pages.get("/hours/rooms/new", _WRITE)
def new() -> ResponseReturnValue:
    """Show the form for a new room."""
    return _render_form("", _DEFAULTS)


@pages.post("/hours/rooms", _WRITE)
def create() -> ResponseReturnValue:
    """Add the room; its id comes from its name."""
    typed = forms.read(_fields())
    with write_action(ANY, lambda error: (_render_form("", typed, error), 422)) as (db, now):
        fields = {"id": "new", "site_id": site().id, **forms.service_values(typed, _fields())}
        new_zone = parse(fields, NewZone)
        key = unused_slug(db, ZoneRow, read_label(new_zone.name))
        new_zone = msgspec.structs.replace(new_zone, id=key)
        room = zones.create(db, new_zone, actor=actor(), now=now)
        _require_room_for_desks(room)
        _ask_about_same_name(db, room)
    flash_done(_("Room added. You can now record who enters, add machines to it and book it."))
    return redirect(url_for("rooms.show"), 303)


@pages.get("/hours/rooms/<room>", _WRITE)
def edit(room: str) -> ResponseReturnValue:
    """Show the form with the room's current data."""
    return _render_form(room, forms.stored_values(_get_room(room), _fields()))


@pages.post("/hours/rooms/<room>", _WRITE)
def change(room: str) -> ResponseReturnValue:
    """Save the room."""
    fields, stored = _fields(), _get_room(room)
    before, typed = forms.stored_values(stored, fields), forms.read(fields)
    with write_action(ANY, lambda error: (_render_form(room, typed, error), 422)) as (db, now):
        after = zones.change(
            db,
            room,
            forms.service_values(typed, _fields()),
            version=version(),
            actor=actor(),
            now=now,
        )
        if after.desks != stored.desks:
            _require_desks_for_bookings(db, after, now)
        if (after.desks, after.capacity) != (stored.desks, stored.capacity):
            _require_room_for_desks(after)
        if after.name != stored.name:
            _ask_about_same_name(db, after)
    back = before | {"room": room, "version": str(after.version)}
    back[same_name.FIELD] = read_label(stored.name)
    done_with_undo(_("Room saved."), "rooms.change", **back)
    return redirect(url_for("rooms.show"), 303)


@pages.post("/hours/rooms/<room>/remove", _WRITE)
def remove(room: str) -> ResponseReturnValue:
    """Remove a room that nothing uses."""
    stored = _get_room(room)
    to = redirect(url_for("rooms.edit", room=room), 303)
    with write_action((Conflict, Stale), _refusal_of_removal, to) as (db, now):
        zone_removal.remove(db, room, version=version(), actor=actor(), now=now)
    name = read_label(stored.name)
    back = forms.stored_values(stored, _fields()) | {same_name.FIELD: name}
    done_with_undo(_("Room removed: %(name)s.", name=name), "rooms.create", **back)
    return redirect(url_for("rooms.show"), 303)


def _refusal_of_removal(error: ServiceError) -> str:
    if isinstance(error, zone_removal.ZoneInUse):
        return _uses_text(error.uses)
    return _("This has changed since you opened the page. Reload it.")


def _uses_text(tables: Iterable[str]) -> str:
    """Return why the room can't be removed."""
    visits, supervision = _("visits"), pgettext("refers to a room", "supervision")
    words = {
        "access_point": _("machines or doors"),
        "booking": pgettext("refers to a room", "bookings"),
        "calendar": _("calendar addresses"),
        "ended_visit": visits,
        "evacuation_roll": visits,
        "occupancy": visits,
        "plan": _("plans"),
        "presence": visits,
        "safety_entry": pgettext("refers to a room", "the safety register"),
        "site": _("walking times"),
        "site_plan": _("the drawn plan"),
        "supervision_window": supervision,
        "supervisor": supervision,
        "tariff": _("prices"),
        "user_report": pgettext("refers to a room", "reports"),
    }
    used_by = dict.fromkeys(words.get(table, _("other records")) for table in tables)
    return _(
        "This room can’t be removed, because these refer to it: %(uses)s.",
        uses=", ".join(used_by) or _("other records"),
    )


def _ask_about_same_name(db: Session, room: Zone) -> None:
    others = all_items(lambda at: zones.page(db, actor=actor(), cursor=at))
    same_name.ask(room, others, lambda name: _("There is already a room “%(name)s”.", name=name))


def _require_room_for_desks(room: Zone) -> None:
    if room.desks and room.capacity is not None and room.desks > room.capacity:
        text = _("More desks than people: the room holds %(n)s at most.", n=room.capacity)
        raise forms.PageError({"desks": text})


def _require_desks_for_bookings(db: Session, room: Zone, now: Utc) -> None:
    count, at = busiest_time(db, room.id, now)
    if count > (room.desks or 1):
        text = _(
            "%(n)s people have booked a desk at the same time, on %(day)s at %(time)s. Leave as "
            "many desks, or cancel bookings first.",
            n=count,
            day=day(at, now, site_zone()),
            time=clock(at, site_zone()),
        )
        raise forms.PageError({"desks": text})


def _line(zone: Zone, inside: int, kinds: Counter[PointKind]) -> RoomLine:
    machines, doors = kinds[PointKind.MACHINE], kinds[PointKind.DOOR]
    facts = (
        "" if zone.capacity is not None else _("no limit on people"),
        plural("%(n)s desk to book", "%(n)s desks to book", zone.desks) if zone.desks else "",
    )
    points = (
        plural("%(n)s machine", "%(n)s machines", machines) if machines else "",
        plural("%(n)s door", "%(n)s doors", doors) if doors else "",
    )
    return RoomLine(
        id=zone.id,
        name=read_label(zone.name),
        inside=_inside_text(inside, zone.capacity),
        bar=_bar(inside, zone.capacity),
        facts=tuple(filter(None, facts)),
        points=" · ".join(filter(None, points)),
    )


def _inside_text(inside: int, capacity: int | None) -> str:
    if capacity is not None:
        return plural("%(n)s of %(most)s people", "%(n)s of %(most)s people", inside, most=capacity)
    return plural("%(n)s person in", "%(n)s people in", inside) if inside else _("Nobody is in")


def _bar(inside: int, capacity: int | None) -> Bar | None:
    if not capacity:
        return None
    label = _("%(n)s of %(most)s", n=inside, most=capacity)
    return Bar(percent=min(100, round(100 * inside / capacity)), label=label)


def _fields() -> forms.Fields:
    return {
        "capacity": forms.number(
            _("People at most"),
            _("Leave blank for no limit. When the room is full, badges no longer let anybody in."),
            _("Enter a number, or leave blank for no limit."),
        ),
        "desks": forms.number(
            _("Desks booked one by one"),
            _("Leave blank if the room is booked as a whole."),
            _("Enter a number, at least 1, or leave blank if the room is booked as a whole."),
        ),
        "window_max_min": forms.number(
            _("Supervision lasts at most"),
            _("In minutes. After that, the supervisor must tap again."),
            _("Enter a number of minutes, from 1 to 1440."),
        ),
    }


def _get_room(room: str) -> Zone:
    with context().database.read() as db:
        try:
            return zones.get(db, room, actor=actor())
        except (NotFound, Forbidden):
            abort(404)


def _render_form(room: str, typed: Mapping[str, str], error: ServiceError | None = None) -> str:
    fields = _fields()
    wrong = forms.field_errors(error, fields) if error else {}
    in_use = ""
    if room:
        with context().database.read() as db:
            tables = zone_removal.uses(db, room, actor=actor())
        in_use = _uses_text(tables) if tables else ""
    page = forms.form(room, fields, typed, wrong)
    return render_template("rooms/room.html", page=page, in_use=in_use)

"""Rooms: each space with how many it holds and its desks; added and changed by who may."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import access_points
from controller.capabilities.places import zones
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewZone, Zone, ZoneFields
from controller.kernel.actor import Permission
from controller.kernel.errors import Forbidden, Invalid, NotFound, ServiceError, Stale
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui.acting import act
from webui.context import context
from webui.feature import Pages
from webui.form_fields import texts
from webui.guard import actor, allowed, site
from webui.i18n import _, plural
from webui.members.acting import refusal
from webui.naming import NameField, name_fields, names_of, read_label, typed_names, whole_number
from webui.paging import everything
from webui.undo import done, done_with_undo

pages = Pages("rooms", __name__)
_READ, _WRITE = Permission.LIVE_READ, Permission.RULES_WRITE
_NEW = ZoneFields(name=Label(en="new"))
"""What holds of a new one until it is said otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLine:
    """One space of the list."""

    id: str
    name: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomNumber:
    """`wrong`: what to write instead of what could not be taken."""

    label: str
    help: str
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPage:
    """The form of one; `id` is empty for a new one."""

    id: str
    names: tuple[NameField, ...]
    numbers: Mapping[str, RoomNumber]
    typed: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)


@pages.get("/hours/rooms", _READ)
def show() -> ResponseReturnValue:
    """The spaces of this place."""
    who = actor()
    with context().database.read() as db:
        found = everything(lambda at: zones.page(db, actor=who, cursor=at))
        points = everything(lambda at: access_points.page(db, actor=who, cursor=at))
    inside = [point.zone_id for point in points]
    lines = tuple(_line(zone, inside.count(zone.id)) for zone in found)
    return render_template("rooms/rooms.html", lines=lines, may_rule=allowed(_WRITE))


@pages.get("/hours/rooms/new", _WRITE)
def new() -> ResponseReturnValue:
    """The form of a new one."""
    defaults = {name: str(getattr(_NEW, name)) for name in _numbers() if getattr(_NEW, name)}
    return _form("", defaults)


@pages.post("/hours/rooms", _WRITE)
def create() -> ResponseReturnValue:
    """Make it; its id comes from its name."""
    typed = _typed()
    try:
        with context().database.write() as db:
            made = parse({"id": "new", "site_id": site().id, **_given(typed)}, NewZone)
            key = unused_slug(db, ZoneRow, read_label(made.name))
            made = msgspec.structs.replace(made, id=key)
            zones.create(db, made, actor=actor(), now=context().clock())
    except ServiceError as error:
        return _form("", typed, _wrong(error)), 422
    done(_("Room added. One can note who enters, put a machine in it, book it."))
    return redirect(url_for("rooms.show"), 303)


@pages.get("/hours/rooms/<room>", _WRITE)
def edit(room: str) -> ResponseReturnValue:
    """The form, with what holds now."""
    return _form(room, _fields(_found(room)))


@pages.post("/hours/rooms/<room>", _WRITE)
def change(room: str) -> ResponseReturnValue:
    """Save it."""
    before, typed = _fields(_found(room)), _typed()
    version = int(typed["version"]) if typed["version"].isdecimal() else None
    with act((ServiceError, NotFound), lambda error: (_form(room, typed, _wrong(error)), 422)) as (
        db,
        now,
    ):
        after = zones.change(db, room, _given(typed), version=version, actor=actor(), now=now)
    back = before | {"room": room, "version": str(after.version)}
    done_with_undo(_("Room saved."), "rooms.change", **back)
    return redirect(url_for("rooms.show"), 303)


def _line(zone: Zone, points: int) -> RoomLine:
    facts = [_("without a limit of people")]
    if zone.capacity is not None:
        facts = [plural("%(n)s person at most", "%(n)s people at most", zone.capacity)]
    if zone.desks is not None:
        facts.append(plural("%(n)s desk to book", "%(n)s desks to book", zone.desks))
    if points:
        facts.append(plural("%(n)s machine or door", "%(n)s machines and doors", points))
    return RoomLine(id=zone.id, name=read_label(zone.name), facts=tuple(facts))


def _numbers() -> Mapping[str, RoomNumber]:
    """By field, in the order of the form."""
    return {
        "capacity": RoomNumber(
            label=_("People at most"),
            help=_("Empty: without limit. When it is full, a badge lets nobody in any more."),
            wrong=_("A number, or nothing where there is no limit."),
        ),
        "desks": RoomNumber(
            label=_("Desks that are booked one by one"),
            help=_("Empty: the room is booked as a whole."),
            wrong=_("A number from 1, or nothing if the room is booked as a whole."),
        ),
        "window_max_min": RoomNumber(
            label=_("Supervision lasts at most"),
            help=_("In minutes: then the supervisor badges again."),
            wrong=_("A number of minutes, from 1 to 1440."),
        ),
    }


def _typed() -> dict[str, str]:
    return texts(("name_fr", "name_en", *_numbers(), "version"))


def _fields(found: Zone) -> dict[str, str]:
    """What stands in the form of one that there is."""
    names = {f"name_{key}": text for key, text in names_of(found.name).items() if text}
    numbers = {number: getattr(found, number) for number in _numbers()}
    given = {
        field_name: str(number) for field_name, number in numbers.items() if number is not None
    }
    return names | given | {"version": str(found.version)}


def _given(typed: Mapping[str, str]) -> dict[str, object]:
    """As the service takes it, or says what is wrong."""
    numbers = {
        number: whole_number(typed[number]) if typed[number] else None for number in _numbers()
    }
    return {"name": typed_names(typed), **numbers}


def _wrong(error: ServiceError) -> dict[str, str]:
    """By the field where it is said."""
    if isinstance(error, Stale):
        return {"name": _("It has changed meanwhile: reload the page.")}
    if not isinstance(error, Invalid):
        return {"name": refusal(error)}
    words = {name: number.wrong for name, number in _numbers().items()}
    fields = {field_error.field.partition(".")[0] for field_error in error.errors}
    found = {name: words[name] for name in fields & words.keys()}
    name = {"name": _("Give it a name of one line.")} if fields - words.keys() else {}
    return found | name


def _found(room: str) -> Zone:
    with context().database.read() as db:
        try:
            return zones.get(db, room, actor=actor())
        except (NotFound, Forbidden):
            abort(404)


def _form(room: str, typed: Mapping[str, str], wrong: Mapping[str, str] | None = None) -> str:
    names = name_fields(typed_names(typed), site().language)
    page = RoomPage(id=room, names=names, numbers=_numbers(), typed=typed, wrong=wrong or {})
    return render_template("rooms/room.html", page=page)

"""Calendars that the place shares: create one, with an address that is shown once, or revoke it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import access_points
from controller.capabilities.places import zones
from controller.domain.time import Utc
from controller.integrations.calendars import calendars
from controller.integrations.calendars.calendars import MANAGE_CALENDARS
from controller.integrations.calendars.models import CalendarKind
from controller.integrations.calendars.shapes import Calendar, NewCalendar
from controller.kernel.database import Session
from controller.kernel.errors import Invalid
from controller.kernel.paging import MAX_LIMIT, Cursor
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, plural
from webui.i18n.dates import Moment, relative
from webui.integration import Health
from webui.naming import read_label
from webui.parts import Option
from webui.undo import flash_done
from webui.write_actions import SECRET

PAGE = 50
PROGRAMME = CalendarKind.PROGRAMME.value
_FIELDS = {"machine": "access_point", "room": "zone_id"}

pages = Pages("shared_calendars", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedCalendar:
    """A calendar that is in use."""

    id: str
    name: str
    made: Moment


def health(db: Session, site_id: str, _now: Utc) -> Health:
    """Return how many calendars the site shares."""
    count = calendars.count_shared(db, site_id)
    if not count:
        return Health(look="off", word=_("Not used"))
    text = plural("%(n)s shared calendar", "%(n)s shared calendars", count)
    return Health(look="running", word=_("Shared"), detail=text)


@pages.get("/integrations/calendars", MANAGE_CALENDARS)
def show() -> ResponseReturnValue:
    """List the calendars that this site shares."""
    return _render_list()


@pages.post("/integrations/calendars", MANAGE_CALENDARS)
def create() -> ResponseReturnValue:
    """Create a calendar and show its address once."""
    web, what = context(), request.form.get("of", "")
    kind, _colon, key = what.partition(":")
    fields = {"kind": kind, "site_id": site().id}
    if kind in _FIELDS:
        fields[_FIELDS[kind]] = key
    elif kind != PROGRAMME:
        abort(400)
    try:
        with web.database.write() as db:
            new = parse(fields, NewCalendar)
            base = web.settings.web.public_url
            new_calendar = calendars.create(db, new, base=base, actor=actor(), now=web.clock())
            name = dict(_options(db))[what]
    except (Invalid, KeyError):
        return _render_list(_("That machine or room no longer exists: choose another one.")), 422
    page = render_template("shared_calendars/address.html", name=name, address=new_calendar.address)
    return page, SECRET


@pages.post("/integrations/calendars/<key>/revoke", MANAGE_CALENDARS)
def revoke(key: str) -> ResponseReturnValue:
    """Revoke a calendar: its address no longer works."""
    revoke_calendar(key)
    return redirect(url_for("shared_calendars.show"), 303)


def revoke_calendar(key: str) -> None:
    """Revoke a calendar, either shared or one's own; 404 for any other."""
    with context().database.write() as db:
        calendars.revoke(db, key, actor=actor(), now=context().clock())
    flash_done(_("Calendar revoked: its address no longer works."))


def _render_list(wrong: str = "") -> str:
    web, after = context(), request.args.get("after")
    with web.database.read() as db:
        page = calendars.shared_calendars(
            db, site().id, actor=actor(), cursor=Cursor(after=after, limit=PAGE)
        )
        names = _options(db)
    now, zone, names_by_id = web.clock(), site_zone(), dict(names)
    return render_template(
        "shared_calendars/calendars.html",
        shared=[_shared_calendar(calendar, names_by_id, now, zone) for calendar in page.items],
        options=[Option(value=value, text=text) for value, text in names],
        wrong=wrong,
        after=after,
        next=page.next,
    )


def _options(db: Session) -> list[tuple[str, str]]:
    """Return what a calendar can be created for: the form's value and the name."""
    every, who = Cursor(limit=MAX_LIMIT), actor()
    machines = access_points.page(db, actor=who, cursor=every).items
    rooms = zones.page(db, actor=who, cursor=every).items
    return [
        (PROGRAMME, _("The public programme of sessions")),
        *(
            (f"machine:{machine.id}", _("Machine: %(name)s", name=read_label(machine.name)))
            for machine in machines
            if machine.kind == "machine"
        ),
        *((f"room:{room.id}", _("Room: %(name)s", name=read_label(room.name))) for room in rooms),
    ]


def _shared_calendar(
    calendar: Calendar, names: dict[str, str], now: Utc, zone: ZoneInfo
) -> SharedCalendar:
    what = ":".join(filter(None, (calendar.kind.value, calendar.access_point or calendar.zone_id)))
    return SharedCalendar(
        id=calendar.id, name=names.get(what, what), made=relative(calendar.created_at, now, zone)
    )

"""Supervision on Live: show who supervises a room until when, start and end supervision windows."""

from dataclasses import dataclass
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.groups import windows
from controller.capabilities.groups.shapes import NewWindow, Window
from controller.capabilities.live import board as board_data
from controller.capabilities.places import zones
from controller.domain import schedule
from controller.domain.facts import Site, Zone
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ServiceError
from controller.policy import facts_of
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, current
from webui.i18n.dates import Moment, clock, format_remaining, format_until, moment
from webui.live.actions import MINE, back, parse_until
from webui.live.views import Action, WindowLine
from webui.members.member_action import DESK
from webui.naming import read_label
from webui.parts import Option, strong, until_part
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

MINUTES = (60, 120, 240)
"""Choices of a window's length, in minutes."""

pages = Pages("supervising", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """What Live shows of supervision to the viewer; part of the key of the page cache."""

    member_id: str | None = None
    rooms: frozenset[str] = frozenset()
    """Ids of the zones that the viewer may supervise."""


def viewer(db: Session) -> Viewer:
    """Return the signed-in viewer, at this page's site."""
    rooms = windows.zones_of_actor(db, site().id, actor=actor())
    return Viewer(member_id=actor().member_id, rooms=rooms) if rooms else Viewer()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisableRoom:
    """A room that somebody may supervise: until when they do, or for how long they could.

    `begin` and `end` are the addresses that open and close the window.
    """

    zone: str
    room: str
    begin: str
    choices: tuple[Option, ...]
    until: Moment | None = None
    end: str = ""


def supervisable_rooms(db: Session, member: str, now: Utc) -> tuple[SupervisableRoom, ...]:
    """Return the rooms that a member may supervise at this page's site, by name.

    Raises Forbidden.
    """
    own_site = site()
    rooms = windows.zones_of_member(db, own_site.id, member, actor=actor())
    if not rooms:
        return ()
    place, zone = facts_of.site(db, own_site.id, now), site_zone()
    windows_of_rooms = windows.of_member(db, own_site.id, member, actor=actor(), now=now)
    open_ = {window.zone_id: window for window in windows_of_rooms}
    rooms_by_name = sorted((_room(key, place), key) for key in rooms if key in place.zones)
    return tuple(
        _supervisable_room(key, room, open_.get(key), place, now, zone)
        for room, key in rooms_by_name
    )


def _supervisable_room(
    key: str, room: str, window: Window | None, place: Site, now: Utc, zone: ZoneInfo
) -> SupervisableRoom:
    return SupervisableRoom(
        zone=key,
        room=room,
        begin=url_for("supervising.open_window", zone=key),
        choices=_end_options(place, place.zones[key], now),
        until=moment(clock(window.until, zone), window.until, zone) if window else None,
        end=url_for("supervising.close", window=window.id) if window else "",
    )


def window_line(
    window: board_data.OpenWindow, place: Site, zone: ZoneInfo, who: Viewer, *, may_end: bool
) -> WindowLine:
    """Return the view of a supervision window."""
    is_own = who.member_id is not None and window.member_id == who.member_id
    ends = moment(clock(window.until, zone), window.until, zone)
    return WindowLine(
        id=window.id,
        who=window.supervisor_name or _("somebody"),
        parts=(strong(_room(window.zone_id, place)), until_part(ends)),
        end=url_for("supervising.close", window=window.id) if may_end or is_own else "",
    )


def offers(board: board_data.Board, who: Viewer, now: Utc) -> tuple[Action, ...]:
    """Actions to open a window, for rooms that the viewer may supervise and does not yet."""
    supervised = {window.zone_id for window in board.windows if window.member_id == who.member_id}
    rooms = sorted(who.rooms - supervised, key=lambda key: _room(key, board.site).casefold())
    return tuple(_offer_action(key, board.site, now) for key in rooms if key in board.site.zones)


def _offer_action(key: str, place: Site, now: Utc) -> Action:
    return Action(
        name="supervise",
        text=_("I supervise %(zone)s until…", zone=_room(key, place)),
        icon="users",
        href=url_for("supervising.open_window", zone=key),
        field="until",
        choices=_end_options(place, place.zones[key], now),
        other_label=_("Until a time"),
        other_type="time",
    )


def _end_options(place: Site, room: Zone, now: Utc) -> tuple[Option, ...]:
    """Return the choices of a window's end, within its longest time and the opening hours."""
    most = room.window_max_min
    minutes = sorted({*(minute for minute in MINUTES if minute < most), most})
    options = [Option(value=f"+{minute}", text=format_remaining(minute * 60)) for minute in minutes]
    hours = place.schedules.get(place.opening or "")
    closes = schedule.closes_at(hours, place.time_zone, now) if hours else None
    if closes is not None and 60 <= (closes - now).total_seconds() <= most * 60:
        at = clock(closes, ZoneInfo(place.time_zone))
        options.append(Option(value=at, text=_("closing time, %(time)s", time=at)))
    return tuple(options)


def _room(key: str, place: Site) -> str:
    room = place.zones.get(key)
    return (room.name.read(current()) if room else "") or key


@pages.post("/zones/<zone>/supervise", Permission.OWN_WRITE)
def open_window(zone: str) -> ResponseReturnValue:
    """Open a supervision window; with `member`, undo the closing of somebody else's."""
    member, local = request.form.get("member") or None, site_zone()
    with write_action(ServiceError, _refusal, back()) as (db, now):
        room = zones.get(db, zone, actor=actor())
        until = parse_until(request.form.get("until", ""), now, local)
        minutes = None if until is None else ceil((until - now).total_seconds() / 60)
        new = NewWindow(zone_id=room.id, member_id=member, minutes=minutes)
        window = windows.open_window(db, new, actor=actor(), now=now)
    values = {"zone": read_label(room.name), "until": format_until(window.until, now, local)}
    if window.member_id == actor().member_id:
        text = _("You supervise %(zone)s until %(until)s.", **values)
    else:
        text = _("%(who)s supervises %(zone)s until %(until)s.", who=window.name or "", **values)
    if until is not None and (until - window.until).total_seconds() >= 60:
        text += " " + _("That is the longest time allowed here.")
    done_with_undo(text, "supervising.close", window=window.id, **_origin_fields(window.member_id))
    return back()


@pages.post("/windows/<window>/close", Permission.OWN_WRITE)
def close(window: str) -> ResponseReturnValue:
    """Close one's own window; the desk and managers may close anybody's."""
    with write_action(ServiceError, _refusal, back()) as (db, now):
        before = windows.get(db, window, actor=actor())
        if before.site_id != site().id:
            raise NotFound("window", window)
        room = zones.get(db, before.zone_id, actor=actor())
        windows.close(db, window, actor=actor(), now=now)
    _flash_closed(before, read_label(room.name), now)
    return back()


def _flash_closed(before: Window, room: str, now: Utc) -> None:
    """Confirm that the window is closed; it can be opened again for the rest of its time."""
    text = _("%(zone)s: supervision ended.", zone=room)
    left = ceil((before.until - now).total_seconds() / 60)
    if before.closed_at is not None or left < 1 or before.member_id is None:
        flash_done(text)
        return
    member = before.member_id
    reopening: dict[str, Any] = {
        "zone": before.zone_id,
        "until": f"+{left}",
        **_origin_fields(member),
    }
    done_with_undo(text, "supervising.open_window", member=member, **reopening)


def _origin_fields(member: str | None) -> dict[str, str]:
    """Return form fields that lead an undo back to the same page."""
    came_from = request.form.get("back", "")
    if came_from == DESK and member is not None:
        return {"back": DESK, "person": member}
    return {"back": MINE} if came_from == MINE else {}


def _refusal(error: ServiceError) -> str:
    if isinstance(error, Invalid) and any(
        field_error.field == "until" for field_error in error.errors
    ):
        return _("Nothing was done: enter a time within 24 hours, such as 18:30.")
    if isinstance(error, Conflict):
        return _("Nothing was done: a supervision is already open, or access is suspended.")
    if isinstance(error, Forbidden):
        return _(
            "Nothing was done: this person has no e-mail address and could not be notified. A "
            "manager can record it."
        )
    return _("Nothing was done: who supervises this room is chosen on the person’s record.")

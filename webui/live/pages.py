"""The Live page: the state of all machines and doors, and what needs attention."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from secrets import token_hex
from threading import Lock
from zoneinfo import ZoneInfo

from flask import current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.alarms import Resolution
from controller.capabilities.live import board, day
from controller.capabilities.live.reservations import find_reservations
from controller.capabilities.live.rooms import heads_by_zone
from controller.domain.time import Utc
from controller.kernel import outbox
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from webui.acts import write_action
from webui.addresses import RETURN_FIELDS, return_address
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site
from webui.i18n import _, current, pgettext
from webui.list_filter import ListFilter, natural_key, read
from webui.live.actions import live_address
from webui.live.board import PAGE_SIZE, alarms_waiting, listed_machines, live_board
from webui.live.lanes import day_view
from webui.live.list_bounds import fit_items
from webui.live.point_list import list_filters
from webui.live.supervision import viewer
from webui.live.tiles import name_of
from webui.live.views import Board, DayView
from webui.navigation import LIVE, Nav
from webui.undo import done_with_undo, flash_done
from webui.welcome import welcome

# Cache parts of a page for all viewers who may see the same. A change is announced to every open
# page, and all request the part at once. A cached part is used as long as the site's outbox is
# where it was before the part was read, and for a second at most, as some content changes with time
# alone.

CACHE_TIME = timedelta(seconds=1)
MAX_PARTS = 64
"""Number of cached parts per process, of about 40 kB each."""


@dataclass(slots=True)
class _Part:
    lock: Lock = field(default_factory=Lock)
    text: str = ""
    place: int = -1
    made: Utc | None = None

    def holds(self, place: int, now: Utc) -> bool:
        """Return whether the part is still right for this position of the outbox."""
        return self.place == place and self.made is not None and now - self.made < CACHE_TIME


class BoardCache:
    """The cached parts of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: dict[Hashable, _Part] = {}

    def text(self, who: Hashable, place: int, now: Utc, make: Callable[[], str]) -> str:
        """Return the cached part for viewers of a kind, made by `make` if it is outdated.

        While it is made, others wait. The caller must hold no database connection, as `make` opens
        its own.
        """
        part = self._part(who)
        with part.lock:
            if not part.holds(place, now):
                part.text, part.place, part.made = make(), place, now
            return part.text

    def _part(self, who: Hashable) -> _Part:
        with self._lock:
            if who not in self._parts and len(self._parts) >= MAX_PARTS:
                self._parts.clear()
            return self._parts.setdefault(who, _Part())


pages = Pages("live", __name__)

DAY, DAY_PAGE = 16_000, 90_000
"""Bytes that the lanes may take on Live, and on the page of the day."""
LANES_AT_ONCE = 50
TOKEN = token_hex(32)
"""Placeholder for the viewer's form token in cached parts."""


@pages.get(
    "/",
    Permission.LIVE_READ,
    nav=Nav(
        entry=LIVE,
        text=lambda: _("Board"),
        also="live direct dashboard tableau board alarms alarmes plan",
        short=lambda: pgettext("short", "Live"),
        waiting=alarms_waiting,
    ),
    instead=welcome,
)
def show() -> ResponseReturnValue:
    """Show the whole page; for htmx only the board."""
    if is_htmx_request():
        return _part()
    given, narrowing = context(), read(request.args)
    now = given.clock()
    with given.database.read() as db:
        place = outbox.head(db, site().id)
        found, shown = _board(db, now, narrowing)
        lanes = _day(db, found, now, narrowing.page(listed_machines(found, narrowing), PAGE_SIZE))
    return render_template(
        "live/live.html", board=shown, day=_on_live(lanes), place=place, narrowing=narrowing
    )


@pages.get("/day", Permission.LIVE_READ)
def show_day() -> ResponseReturnValue:
    """Show the day of the machines; for htmx as a part, otherwise as a page of its own."""
    given, narrowing = context(), read(request.args)
    now, size = given.clock(), PAGE_SIZE if is_htmx_request() else LANES_AT_ONCE
    with given.database.read() as db:
        found = board.board(db, site().id, actor=actor(), now=now)
        there = listed_machines(found, narrowing)
        if not is_htmx_request():
            there.sort(key=lambda tile: natural_key(name_of(tile)))
        lanes = _day(db, found, now, narrowing.page(there, size))
    if is_htmx_request():
        return render_template("live/day.html", day=_on_live(lanes), narrowing=narrowing)
    lanes = _fitting(lanes, DAY_PAGE)
    shown = list_filters(
        "live.show_day", narrowing, found, found=len(there), shown=len(lanes.lanes)
    )
    return render_template("live/day_page.html", day=replace(lanes, filters=shown))


def _part() -> str:
    """Return the board, cached for all who may see the same, with the viewer's form token."""
    given, at, narrowing = context(), site().id, read(request.args)
    roles = actor().roles[at]
    with given.database.read() as db:
        place, mine = outbox.head(db, at), viewer(db)
    kept: BoardCache = current_app.extensions.setdefault("live.kept", BoardCache())
    who = (at, roles, current(), request.path, mine, narrowing)
    text = kept.text(who, place, given.clock(), lambda: _made(narrowing))
    return text.replace(TOKEN, generate_csrf())


def _made(narrowing: ListFilter) -> str:
    given = context()
    with given.database.read() as db:
        shown = _board(db, given.clock(), narrowing)[1]
    return render_template("live/board.html", board=shown, csrf_token=lambda: TOKEN)


def _board(db: Session, now: Utc, narrowing: ListFilter) -> tuple[board.Board, Board]:
    who, at = actor(), site().id
    found = board.board(db, at, actor=who, now=now)
    start, end = day.span(ZoneInfo(found.site.time_zone), now)
    kept = find_reservations(db, at, max(start, now), end, actor=who)
    heads = heads_by_zone(db, at, actor=who)
    may = is_allowed(Permission.COMMAND)
    shown = live_board(
        found, now, may_command=may, heads=heads, kept=kept, me=viewer(db), narrowing=narrowing
    )
    return found, shown


def _day(db: Session, found: board.Board, now: Utc, shown: Sequence[board.Tile]) -> DayView:
    who, at, zone = actor(), site().id, ZoneInfo(found.site.time_zone)
    start, end = day.span(zone, now)
    kept = find_reservations(db, at, start, end, actor=who)
    known = day.day(db, at, found.tiles, kept, zone, actor=who, now=now)
    return day_view(known, found.tiles, zone, now, shown)


def _fitting(view: DayView, most_bytes: int) -> DayView:
    """Return the day with as many lanes as fit."""
    return replace(view, lanes=fit_items(view.lanes, most_bytes, 700))


def _on_live(view: DayView) -> DayView:
    """Return the day with the machines that do something in it, as many as fit."""
    return _fitting(replace(view, lanes=tuple(lane for lane in view.lanes if lane.blocks)), DAY)


@pages.post("/alarms/<alarm>/take", Permission.COMMAND)
def take(alarm: str) -> ResponseReturnValue:
    """Take care of an alarm, or undo that."""
    is_back = request.form.get("taken") == "no"
    back = redirect(return_address(live_address(f"alarm-{alarm}")), 303)
    with write_action(
        Conflict,
        _("Somebody else is taking care of it, or it has been resolved: nothing has changed."),
        back,
    ) as (db, now):
        before = alarms.get(db, alarm, actor=actor())
        deed = alarms.give_back if is_back else alarms.take
        deed(db, alarm, actor=actor(), now=now)
    _say_taken(alarm, is_back, is_mine=before.taken_by is None)
    return back


def _say_taken(alarm: str, is_back: bool, *, is_mine: bool) -> None:
    if is_back:
        flash_done(_("Nobody is taking care of this alarm any more."))
    elif is_mine:
        kept = {
            name: request.form[name]
            for name in (*RETURN_FIELDS, "narrowed")
            if name in request.form
        }
        text = _("You are taking care of this alarm.")
        done_with_undo(text, "live.take", alarm=alarm, taken="no", **kept)


@pages.post("/alarms/<alarm>/done", Permission.COMMAND)
def settle(alarm: str) -> ResponseReturnValue:
    """Mark an alarm as resolved."""
    back = redirect(return_address(live_address("alarms")), 303)
    with write_action(Conflict, _("This alarm clears once its cause is gone."), back) as (db, now):
        alarms.resolve(db, alarm, Resolution(), actor=actor(), now=now)
    flash_done(_("Alarm resolved. It stays in the history."))
    return back

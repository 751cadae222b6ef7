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
from controller.capabilities.live import board, day
from controller.capabilities.live.reservations import find_reservations
from controller.capabilities.live.rooms import heads_inside
from controller.domain.time import Utc
from controller.kernel import outbox
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from webui.addresses import RETURN_FIELDS, return_address
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site
from webui.i18n import _, current, pgettext, plural
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
from webui.write_actions import write_action

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
    position: int = -1
    """Position of the site's outbox when it was made."""
    made: Utc | None = None

    def holds(self, position: int, now: Utc) -> bool:
        """Return whether the part is still right for this position of the outbox."""
        return self.position == position and self.made is not None and now - self.made < CACHE_TIME


class BoardCache:
    """The cached parts of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: dict[Hashable, _Part] = {}

    def text(self, who: Hashable, position: int, now: Utc, make: Callable[[], str]) -> str:
        """Return the cached part for viewers of a kind, made by `make` if it is outdated.

        While it is made, others wait. The caller must hold no database connection, as `make` opens
        its own.
        """
        part = self._part(who)
        with part.lock:
            if not part.holds(position, now):
                part.text, part.position, part.made = make(), position, now
            return part.text

    def _part(self, who: Hashable) -> _Part:
        with self._lock:
            if who not in self._parts and len(self._parts) >= MAX_PARTS:
                self._parts.clear()
            return self._parts.setdefault(who, _Part())


pages = Pages("live", __name__)

DAY_BYTES, DAY_PAGE_BYTES = 16_000, 90_000
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
    web, list_filter = context(), read(request.args)
    now = web.clock()
    with web.database.read() as db:
        position = outbox.head(db, site().id)
        read_board, view = _board(db, now, list_filter)
        lanes = _day(
            db,
            read_board,
            now,
            list_filter.page(listed_machines(read_board, list_filter), PAGE_SIZE),
        )
    return render_template(
        "live/live.html",
        board=view,
        day=_fit_active_lanes(lanes),
        position=position,
        list_filter=list_filter,
    )


@pages.get("/day", Permission.LIVE_READ)
def show_day() -> ResponseReturnValue:
    """Show the day of the machines; for htmx as a part, otherwise as a page of its own."""
    web, list_filter = context(), read(request.args)
    now, size = web.clock(), PAGE_SIZE if is_htmx_request() else LANES_AT_ONCE
    with web.database.read() as db:
        live_board = board.board(db, site().id, actor=actor(), now=now)
        listed = listed_machines(live_board, list_filter)
        if not is_htmx_request():
            listed.sort(key=lambda tile: natural_key(name_of(tile)))
        lanes = _day(db, live_board, now, list_filter.page(listed, size))
    if is_htmx_request():
        return render_template(
            "live/day.html", day=_fit_active_lanes(lanes), list_filter=list_filter
        )
    lanes = _fit_lanes(lanes, DAY_PAGE_BYTES)
    filter_view = list_filters(
        "live.show_day", list_filter, live_board, matching=len(listed), shown=len(lanes.lanes)
    )
    return render_template("live/day_page.html", day=replace(lanes, filters=filter_view))


def _part() -> str:
    """Return the board, cached for all who may see the same, with the viewer's form token."""
    web, site_id, list_filter = context(), site().id, read(request.args)
    roles = actor().roles[site_id]
    with web.database.read() as db:
        position, own_member = outbox.head(db, site_id), viewer(db)
    cache: BoardCache = current_app.extensions.setdefault("live.kept", BoardCache())
    viewers = (site_id, roles, current(), request.path, own_member, list_filter)
    text = cache.text(viewers, position, web.clock(), lambda: _render_board(list_filter))
    return text.replace(TOKEN, generate_csrf())


def _render_board(list_filter: ListFilter) -> str:
    web = context()
    with web.database.read() as db:
        view = _board(db, web.clock(), list_filter)[1]
    return render_template("live/board.html", board=view, csrf_token=lambda: TOKEN)


def _board(db: Session, now: Utc, list_filter: ListFilter) -> tuple[board.Board, Board]:
    who, site_id = actor(), site().id
    read_board = board.board(db, site_id, actor=who, now=now)
    start, end = day.span(ZoneInfo(read_board.site.time_zone), now)
    reservations = find_reservations(db, site_id, max(start, now), end, actor=who)
    heads = heads_inside(db, site_id, actor=who, now=now)
    may = is_allowed(Permission.COMMAND)
    view = live_board(
        read_board,
        now,
        may_command=may,
        heads=heads,
        reservations=reservations,
        viewer=viewer(db),
        list_filter=list_filter,
    )
    return read_board, view


def _day(db: Session, live_board: board.Board, now: Utc, shown: Sequence[board.Tile]) -> DayView:
    who, site_id, zone = actor(), site().id, ZoneInfo(live_board.site.time_zone)
    start, end = day.span(zone, now)
    reservations = find_reservations(db, site_id, start, end, actor=who)
    read_day = day.day(db, site_id, live_board.tiles, reservations, zone, actor=who, now=now)
    return day_view(read_day, live_board.tiles, zone, now, shown)


def _fit_lanes(view: DayView, most_bytes: int) -> DayView:
    return replace(view, lanes=fit_items(view.lanes, most_bytes, 700))


def _fit_active_lanes(view: DayView) -> DayView:
    """Return the day with the machines that do something in it, as many as fit."""
    return _fit_lanes(
        replace(view, lanes=tuple(lane for lane in view.lanes if lane.blocks)), DAY_BYTES
    )


@pages.post("/alarms/<alarm>/take", Permission.COMMAND)
def take(alarm: str) -> ResponseReturnValue:
    """Take care of an alarm, or undo that."""
    is_release = request.form.get("taken") == "no"
    back = redirect(return_address(live_address(f"alarm-{alarm}")), 303)
    with write_action(
        Conflict,
        _("Somebody else is taking care of it, or it has been resolved: nothing has changed."),
        back,
    ) as (db, now):
        before = alarms.get(db, alarm, actor=actor())
        change = alarms.release if is_release else alarms.take
        change(db, alarm, actor=actor(), now=now)
    _flash_taken(alarm, is_release, is_mine=before.taken_by is None)
    return back


def _flash_taken(alarm: str, is_release: bool, *, is_mine: bool) -> None:
    if is_release:
        flash_done(_("Nobody is taking care of this alarm any more."))
    elif is_mine:
        fields = {
            name: request.form[name]
            for name in (*RETURN_FIELDS, "narrowed")
            if name in request.form
        }
        text = _("You are taking care of this alarm.")
        done_with_undo(text, "live.take", alarm=alarm, taken="no", **fields)


@pages.post("/alarms/<alarm>/done", Permission.COMMAND)
def settle(alarm: str) -> ResponseReturnValue:
    """Mark an alarm as resolved, with the similar ones that its row stands for."""
    back = redirect(return_address(live_address("alarms")), 303)
    with write_action(Conflict, _("This alarm clears once its cause is gone."), back) as (db, now):
        newest = request.args.get("newest", "")
        number = alarms.resolve_alike(db, alarm, newest, actor=actor(), now=now)
    flash_done(
        plural(
            "%(n)s alarm resolved. It stays in the history.",
            "%(n)s alarms resolved. They stay in the history.",
            number,
        )
    )
    return back

"""The plan: machines and doors at their positions, which a manager changes by mouse or keyboard."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.live import board, plan
from controller.capabilities.live.plan import SIDE, PlanPosition
from controller.domain.facts import Site
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site
from webui.i18n import _, current, pgettext
from webui.list_filter import from_text, natural_key, read
from webui.live.board import PAGE_SIZE as MACHINES_AT_ONCE
from webui.live.point_list import is_shown, list_filters
from webui.live.tiles import name_of, tile
from webui.live.views import Tile
from webui.navigation import LIVE, Nav
from webui.undo import done_with_undo, take_undo

COLUMNS = 5
"""Unplaced machines and doors in one row."""
MARGIN_X, MARGIN_Y, STEP_X, STEP_Y = 110, 130, 195, 200
"""Distances in thousandths of the plan: from the edges to the first, and between two."""
LAST_ROW = MARGIN_Y + 4 * STEP_Y
"""The last row of unplaced ones that fits."""
PAGE_SIZE = 60
"""Machines and doors on one page, if all have been placed."""
AROUND_X, AROUND_Y = 90, 100
"""Margins of a room's box around what is in it."""

UNPLACED = "nowhere"
"""Value of the form that undoes a first placement."""

pages = Pages("plan", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A machine or a door at its position."""

    tile: Tile
    zone: str
    x: int
    y: int

    @property
    def classes(self) -> str:
        """Its position as classes of `plan.css`."""
        return f"x{self.x // 10} y{self.y // 10}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomBox:
    """The box of a room, drawn around what is in it."""

    name: str
    x: int
    y: int
    width: int
    height: int

    @property
    def classes(self) -> str:
        """Its position and size as classes of `plan.css`."""
        sides = (("x", self.x), ("y", self.y), ("w", self.width), ("h", self.height))
        return " ".join(f"{name}{value // 10}" for name, value in sides)


@pages.get(
    "/plan",
    Permission.LIVE_READ,
    nav=Nav(
        entry=LIVE,
        icon="map",
        text=lambda: pgettext("floor", "Plan"),
        place=10,
        also="plan map carte floor étage",
    ),
)
def show() -> ResponseReturnValue:
    """Show the plan; for htmx only the part that changes."""
    given, who, at = context(), actor(), site().id
    now = given.clock()
    with given.database.read() as db:
        found = board.board(db, at, actor=who, now=now)
        known = plan.positions(db, at, actor=who)
    narrowing = read(request.args)
    may_draw = is_allowed(Permission.RULES_WRITE)
    draws = may_draw and "draw" in request.args
    there = [point_tile for point_tile in found.tiles if is_shown(point_tile, narrowing)]
    there.sort(
        key=lambda point_tile: (point_tile.point.zone or "", natural_key(name_of(point_tile)))
    )
    shown = tiles_that_fit(narrowing.page(there, PAGE_SIZE), known)
    tiles = [
        (point_tile.point.zone, tile(point_tile, found.kinds, now, found.site))
        for point_tile in shown
    ]
    spots = place_spots(tiles, known)
    return render_template(
        "live/plan.html" if is_htmx_request() else "live/plan_page.html",
        spots=spots,
        rooms=rooms(spots, found.site),
        may_draw=may_draw,
        draws=draws,
        filters=list_filters(
            "plan.show",
            narrowing,
            found,
            found=len(there),
            shown=len(shown),
            draw=1 if draws else None,
        ),
        is_large=len(found.tiles) > MACHINES_AT_ONCE,
    )


@pages.post("/plan/<point>", Permission.RULES_WRITE)
def move(point: str) -> ResponseReturnValue:
    """Move a machine or door on the plan, which can be undone."""
    given, who = context(), actor()
    try:
        with given.database.write() as db:
            before = plan.positions(db, site().id, actor=who).get(point)
            if request.form.get("placed") == UNPLACED:
                plan.remove_from_plan(db, point, actor=who, now=given.clock())
            else:
                plan.set_position(db, point, _place(), actor=who, now=given.clock())
    except Invalid:
        flash(_("Nothing was moved: enter two numbers from 0 to 1000."), "wrong")
        return redirect(url_for("plan.show", draw=1), 303)
    stood = {"placed": UNPLACED} if before is None else {"x": before.x, "y": before.y}
    done_with_undo(_("Moved on the plan."), "plan.move", point=point, **stood)
    if is_htmx_request():
        return render_template("live/moved.html", undo=take_undo())
    narrowed: dict[str, Any] = from_text(request.form.get("narrowed", "")).address
    return redirect(url_for("plan.show", draw=1, **narrowed), 303)


def _place() -> PlanPosition:
    try:
        return PlanPosition(int(request.form.get("x", "")), int(request.form.get("y", "")))
    except ValueError as problem:
        raise Invalid.of("x", f"whole numbers from 0 to {SIDE}") from problem


def tiles_that_fit(
    tiles: Sequence[board.Tile], known: Mapping[str, PlanPosition]
) -> Sequence[board.Tile]:
    """Return as many of these as the plan has room for, which limits the rows of unplaced ones.

    A room that does not fit begins on the next page, unless it is the first on this one.
    """
    free = [tile for tile in tiles if tile.point.id not in known]
    places = _rows([tile.point.zone for tile in free])
    over = (tile for tile, place in zip(free, places, strict=True) if place.y > LAST_ROW)
    first = next(over, None)
    if first is None:
        return tiles
    begins = next(n for n, tile in enumerate(tiles) if tile.point.zone == first.point.zone)
    return tiles[: begins or tiles.index(first)]


def place_spots(
    tiles: Sequence[tuple[str | None, Tile]], known: Mapping[str, PlanPosition]
) -> tuple[Spot, ...]:
    """Return each at its position; unplaced ones stand in rows, room by room."""
    ordered = sorted(tiles, key=lambda tile: (tile[0] or "", natural_key(tile[1].name)))
    free = [(zone, point_tile.id) for zone, point_tile in ordered if point_tile.id not in known]
    where = {
        **dict(zip((key for _, key in free), _rows([zone for zone, _ in free]), strict=True)),
        **known,
    }
    return tuple(
        Spot(tile=point_tile, zone=zone or "", x=where[point_tile.id].x, y=where[point_tile.id].y)
        for zone, point_tile in ordered
    )


def _rows(zones: Sequence[str | None]) -> Iterator[PlanPosition]:
    """Yield a position for each of these zones, in rows; each room begins a new row."""
    row = column = 0
    for before, zone in pairwise((zones[0] if zones else None, *zones)):
        if zone != before or column == COLUMNS:
            row, column = row + 1, 0
        yield PlanPosition(MARGIN_X + column * STEP_X, MARGIN_Y + row * STEP_Y)
        column += 1


def rooms(spots: Sequence[Spot], site: Site) -> tuple[RoomBox, ...]:
    """Return the boxes of rooms that are not empty, the largest first, so that none hides
    another."""
    boxes = [_box(key, [spot for spot in spots if spot.zone == key], site) for key in site.zones]
    shown = [box for box in boxes if box is not None]
    return tuple(sorted(shown, key=lambda box: -box.width * box.height))


def _box(key: str, spots: Sequence[Spot], site: Site) -> RoomBox | None:
    if not spots:
        return None
    left = max(0, min(spot.x for spot in spots) - AROUND_X)
    top = max(0, min(spot.y for spot in spots) - AROUND_Y)
    right = min(SIDE, max(spot.x for spot in spots) + AROUND_X)
    bottom = min(SIDE, max(spot.y for spot in spots) + AROUND_Y)
    name = site.zones[key].name.read(current()) or key
    return RoomBox(name=name, x=left, y=top, width=right - left, height=bottom - top)

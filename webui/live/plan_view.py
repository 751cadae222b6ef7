"""The plan as a picture: walls, doors and machines at their places, in their present states."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from zoneinfo import ZoneInfo

from controller.capabilities.live import board as board_data
from controller.capabilities.live.plan import Drawing, Opening, RoomName
from controller.capabilities.live.reservations import Reservation
from controller.domain.facts import PointKind, Site
from controller.domain.states import DoorPhase
from controller.domain.time import Utc
from webui.i18n import _, current
from webui.i18n.dates import clock
from webui.live.board import with_alarms
from webui.live.tiles import STYLE_ORDER, look_words, tile
from webui.live.views import Alarm, Tile
from webui.parts import Chip, Option

WIDTH, MARGIN = 1140, 24
"""Of the picture, in its own units."""
MIN_WIDTH = 120
"""Width in steps of 10 cm below which a plan is not drawn larger."""
MACHINE_SIZE = 14
"""What a machine takes around its middle, in steps of 10 cm."""
OPENING, LABEL_DISTANCE = 9, 12
"""Width of a door, and from its middle to the label of its state, in steps of 10 cm."""
LETTERS, LINES = 15, 2
"""How much of a name is written at a machine; all of it is read aloud, and in the list."""
ROOM_LETTER, ROOM_LETTER_SMALL = 9.5, 26
"""How wide a letter of a room's name is: on a large screen, and on a phone."""
ROOM_COUNT = 80
"""Room for how many people are in it, after the name."""
TURNS = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""From a door's hinge along its wall, in x and y, by its number of quarter turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSpot:
    """A machine at its place."""

    tile: Tile
    x: float
    y: float
    lines: tuple[str, ...]
    word: str
    number: str
    """On a phone, in the picture and the list; empty: it is not in the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDoor:
    """A door: paths of its gap, leaf and arc; with its state if Loquet controls it."""

    gap: str
    leaf: str
    arc: str
    tile: Tile | None = None
    x: float = 0
    y: float = 0
    width: int = 0
    lines: tuple[tuple[int, str], ...] = ()
    """The door's name, as lines with their positions; on the side away from the wall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRoom:
    """A room: its name, how many people are in it, and what it contains, for the list."""

    name: str
    count: str
    x: float = 0
    y: float = 0
    lines: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    """The room's name, divided into lines that fit between its walls; `small`: on a phone."""
    busy: tuple[PlanSpot, ...] = ()
    free: str = ""
    doors: tuple[Tile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPicture:
    """The whole picture: paths, labels and machines, and the same as a list."""

    height: int
    walls: str
    doors: tuple[PlanDoor, ...]
    rooms: tuple[PlanRoom, ...]
    listed: tuple[PlanRoom, ...]
    spots: tuple[PlanSpot, ...]
    unplaced: tuple[Tile, ...]
    legend: tuple[Option, ...]
    width: int = WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanData:
    """What was read of the place."""

    board: board_data.Board
    now: Utc
    reservations: Sequence[Reservation]
    counts: Mapping[str, str]
    """How full each room is, as text."""
    is_public: bool = False
    """Whether strangers see it: of doors then only that one is open to all."""
    alarms: Sequence[Alarm] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.board.site.time_zone)


class _Scale:
    """From steps of 10 cm to the picture's units."""

    def __init__(self, drawing: Drawing) -> None:
        points = list(_points(drawing)) or [(0, 0)]
        self._left, self._top = (min(point[n] for point in points) for n in (0, 1))
        wide, high = (max(point[n] for point in points) for n in (0, 1))
        self.unit = (WIDTH - 2 * MARGIN) / max(MIN_WIDTH, wide - self._left)
        self.height = round((high - self._top) * self.unit) + 2 * MARGIN

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return a place in the picture."""
        left, top = (x - self._left) * self.unit, (y - self._top) * self.unit
        return round(MARGIN + left, 1), round(MARGIN + top, 1)


def _points(drawing: Drawing) -> Iterable[tuple[int, int]]:
    for wall in drawing.walls:
        yield from ((wall.x1, wall.y1), (wall.x2, wall.y2))
    for spot in drawing.machines:
        yield from (
            (spot.x - MACHINE_SIZE, spot.y - MACHINE_SIZE),
            (spot.x + MACHINE_SIZE, spot.y + MACHINE_SIZE),
        )
    yield from ((door.x, door.y) for door in drawing.doors)
    yield from ((room.x, room.y) for room in drawing.rooms)


def plan_picture(drawing: Drawing, tiles: Sequence[board_data.Tile], data: PlanData) -> PlanPicture:
    """Return the picture of a drawing with these machines and doors."""
    scale, site = _Scale(drawing), data.board.site
    tiles_by_id = {str(tile.point.id): tile for tile in tiles}
    spots = {
        spot.point: _spot(tiles_by_id[spot.point], scale.at(spot.x, spot.y), data, number)
        for number, spot in enumerate(drawing.machines, 1)
        if spot.point in tiles_by_id
    }
    doors = [_door(door, scale, tiles_by_id, data) for door in drawing.doors]
    placed = {*spots, *(door.point for door in drawing.doors)}
    walls = (
        "M{} {}L{} {}".format(*scale.at(wall.x1, wall.y1), *scale.at(wall.x2, wall.y2))
        for wall in drawing.walls
    )
    looks = {spot.tile.chip.look for spot in spots.values()}
    return PlanPicture(
        height=scale.height,
        walls="".join(walls),
        doors=tuple(doors),
        rooms=tuple(
            _room(room, drawing, scale, data) for room in drawing.rooms if room.zone in site.zones
        ),
        listed=tuple(_room_list(tiles, spots, data)),
        spots=tuple(spots.values()),
        unplaced=tuple(
            _tile(live_tile, data)
            for key, live_tile in tiles_by_id.items()
            if key not in placed and not data.is_public
        ),
        legend=tuple(
            Option(
                value=look,
                text=_("State unknown") if data.is_public and look == "offline" else word,
            )
            for look, word in look_words().items()
            if look in looks
        ),
    )


def _name(site: Site, zone: str) -> str:
    return site.zones[zone].name.read(current()) or zone if zone in site.zones else ""


def _room(room: RoomName, drawing: Drawing, scale: _Scale, data: PlanData) -> PlanRoom:
    """Return a room's label, in lines that end before the next wall or the next name."""
    x, y = scale.at(room.x, room.y)
    ends = [
        wall.x1
        for wall in drawing.walls
        if wall.x1 == wall.x2 > room.x and min(wall.y1, wall.y2) <= room.y <= max(wall.y1, wall.y2)
    ]
    ends += [
        other.x
        for other in drawing.rooms
        if other.x > room.x and abs(other.y - room.y) < MACHINE_SIZE
    ]
    space = (scale.at(min(ends), 0)[0] if ends else WIDTH) - x
    name, count = _name(data.board.site, room.zone), data.counts.get(room.zone, "")

    def lines(letters: float) -> tuple[str, ...]:
        return tuple(wrap(name, max(LETTERS // 3, int(letters)), max_lines=3, placeholder="…"))

    return PlanRoom(
        name=name,
        count=count,
        x=x,
        y=y,
        lines=lines((space - (ROOM_COUNT if count else 0)) / ROOM_LETTER),
        small=lines(space / ROOM_LETTER_SMALL),
    )


def _reservations_of(tile: board_data.Tile, data: PlanData) -> list[Reservation]:
    return [booking for booking in data.reservations if booking.access_point == tile.point.id]


def _tile(live_tile: board_data.Tile, data: PlanData) -> Tile:
    view = tile(
        live_tile, data.board.kinds, data.now, data.board.site, _reservations_of(live_tile, data)
    )
    view = replace(view, chip=replace(view.chip, word=_public_word(view.chip, data)))
    return with_alarms([view], data.alarms)[0]


def _public_word(chip: Chip, data: PlanData) -> str:
    """Return the state in words, for the public without mention of boxes."""
    return _("State unknown") if data.is_public and chip.look == "offline" else chip.word


def _spot(
    tile: board_data.Tile, at: tuple[float, float], data: PlanData, number: int = 0
) -> PlanSpot:
    view = _tile(tile, data)
    lines = wrap(view.name, LETTERS, max_lines=LINES, placeholder="…")
    word = _short_state(view, tile, data)
    return PlanSpot(
        tile=view, x=at[0], y=at[1], lines=tuple(lines), word=word, number=str(number or "")
    )


def _short_state(view: Tile, tile: board_data.Tile, data: PlanData) -> str:
    """Return the state in few words: 62 %, 17:10 or Libre jusqu'à 16:00."""
    if view.chip.look == "running" and tile.print is not None:
        share = _("%(n)s %%", n=tile.print.percent)
        time = clock(tile.print.ends_at, data.zone)
        return _("%(what)s, %(time)s", what=share, time=time)
    starts = [
        booking.starts_at
        for booking in _reservations_of(tile, data)
        if booking.starts_at > data.now
    ]
    if view.chip.look == "off" and starts:
        time = clock(min(starts), data.zone)
        return _("Free until %(time)s", time=time)
    return view.chip.word


def _door(
    door: Opening, scale: _Scale, shown: Mapping[str, board_data.Tile], data: PlanData
) -> PlanDoor:
    along, across = TURNS[door.turn], TURNS[(door.turn + 3) % 4]
    hinge = scale.at(door.x, door.y)
    end = scale.at(door.x + OPENING * along[0], door.y + OPENING * along[1])
    leaf = scale.at(door.x + OPENING * across[0], door.y + OPENING * across[1])
    radius = round(OPENING * scale.unit, 1)
    tile = shown.get(door.point or "")
    is_state_shown = tile is not None and (not data.is_public or tile.state == DoorPhase.RELEASED)
    shown_tile = _tile(tile, data) if tile is not None and is_state_shown else None
    x, y = scale.at(
        door.x + OPENING / 2 * along[0] + LABEL_DISTANCE * across[0],
        door.y + OPENING / 2 * along[1] + LABEL_DISTANCE * across[1],
    )
    return PlanDoor(
        gap="M{} {}L{} {}".format(*hinge, *end),
        leaf="M{} {}L{} {}".format(*hinge, *leaf),
        arc="M{} {}A{r} {r} 0 0 1 {} {}".format(*leaf, *end, r=radius),
        tile=shown_tile,
        x=x,
        y=y,
        width=0
        if shown_tile is None
        else 9 * len(shown_tile.chip.word) + 26,  # letters, and room beside them
        lines=() if shown_tile is None else _door_lines(shown_tile.name, is_below=across[1] > 0),
    )


def _door_lines(name: str, *, is_below: bool) -> tuple[tuple[int, str], ...]:
    lines = wrap(name, LETTERS + 3, max_lines=LINES, placeholder="…")
    # 18 units for each line, below or above the label of the state
    top = 35 if is_below else -22 - 18 * (len(lines) - 1)
    return tuple((top + 18 * n, line) for n, line in enumerate(lines))


def _room_list(
    tiles: Sequence[board_data.Tile], spots: Mapping[str, PlanSpot], data: PlanData
) -> Iterable[PlanRoom]:
    """Yield the rooms with their machines and doors, for narrow screens and screen readers."""
    site = data.board.site
    for zone in [*sorted(site.zones, key=lambda key: _name(site, key).casefold()), ""]:
        room_tiles = [board_tile for board_tile in tiles if (board_tile.point.zone or "") == zone]
        machines = [
            board_tile for board_tile in room_tiles if board_tile.point.kind is PointKind.MACHINE
        ]
        room_spots = [
            spots.get(str(board_tile.point.id)) or _spot(board_tile, (0, 0), data)
            for board_tile in machines
        ]
        room_spots.sort(key=lambda spot: STYLE_ORDER.index(spot.tile.chip.look))
        free = [
            f"{spot.number} {spot.tile.name}".strip()
            for spot in room_spots
            if spot.tile.chip.look == "off"
        ]
        if room_tiles:
            yield PlanRoom(
                name=_name(site, zone) or _("Elsewhere"),
                count=data.counts.get(zone, ""),
                busy=tuple(spot for spot in room_spots if spot.tile.chip.look != "off"),
                free=_("Free: %(names)s", names=", ".join(free)) if free else "",
                doors=tuple(
                    _tile(board_tile, data)
                    for board_tile in room_tiles
                    if board_tile.point.kind is PointKind.DOOR
                ),
            )

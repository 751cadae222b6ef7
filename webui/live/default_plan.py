"""A default plan for a site without a drawing: each room is a rectangle with its machines in
rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

from controller.capabilities.live.board import Tile
from controller.capabilities.live.plan import Drawing, Opening, RoomName, Spot, Wall
from controller.domain.facts import PointKind, Site
from webui.i18n import current
from webui.list_filter import natural_key
from webui.live.tiles import name_of

CELL_X, CELL_Y, HEAD = 30, 28, 15
"""Room for a machine, and for the name of a room, in steps of 10 cm."""
MAX_COLUMNS, WIDEST = 7, 240
"""Machines beside each other in a room, and the width of the whole plan."""
FIRST_DOOR, DOOR_STEP, DOOR_MARGIN, DOOR_LABEL = 11, 26, 6, 16
"""From a room's left wall to its first door, from one door to the next, what its width has beside
them, and the height for the labels above them."""
NAME_X, NAME_Y, MACHINE_Y = 3, 7, 7
"""From a room's corner to its name; from the top of a row to the middle of its machines."""


@dataclass(frozen=True, slots=True)
class _Room:
    """A room's machines and doors, and its place."""

    zone: str
    machines: Sequence[str]
    doors: Sequence[str]
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0

    @property
    def has_any(self) -> bool:
        """Whether a machine or door is in it."""
        return bool(self.machines or self.doors)

    @property
    def columns(self) -> int:
        """How many machines stand beside each other."""
        return min(MAX_COLUMNS, max(2, ceil(sqrt(1.5 * len(self.machines)))))

    @property
    def min_size(self) -> tuple[int, int]:
        """Its smallest width and height."""
        rows = max(1, ceil(len(self.machines) / self.columns))
        wide = max(self.columns * CELL_X, len(self.doors) * DOOR_STEP + DOOR_MARGIN)
        return wide, HEAD + rows * CELL_Y + (DOOR_LABEL if self.doors else 0)


def default_drawing(site: Site, tiles: Sequence[Tile], *, every_room: bool = True) -> Drawing:
    """Return a plan of these machines and doors, with the rooms from left to right.

    `every_room`: also rooms without machines or doors.
    """
    rooms = list(_in_rows(room for room in _rooms(site, tiles) if every_room or room.has_any))
    return Drawing(
        walls=tuple(wall for room in rooms for wall in _walls(room)),
        doors=tuple(door for room in rooms for door in _doors(room)),
        rooms=tuple(
            RoomName(zone=room.zone, x=room.x + NAME_X, y=room.y + NAME_Y)
            for room in rooms
            if room.zone
        ),
        machines=tuple(spot for room in rooms for spot in _machines(room)),
    )


def _rooms(site: Site, tiles: Sequence[Tile]) -> Iterator[_Room]:
    """Yield the rooms by name, then the machines and doors without a room."""
    names = {key: zone.name.read(current()) or key for key, zone in site.zones.items()}
    for zone in [*sorted(names, key=lambda key: natural_key(names[key])), ""]:
        room_tiles = sorted(
            (tile for tile in tiles if (tile.point.zone or "") == zone),
            key=lambda tile: natural_key(name_of(tile)),
        )
        kinds = (PointKind.MACHINE, PointKind.DOOR)
        machines, doors = (
            [str(tile.point.id) for tile in room_tiles if tile.point.kind is kind] for kind in kinds
        )
        if room_tiles or zone:
            yield _Room(zone, machines, doors)


def _in_rows(rooms: Iterable[_Room]) -> Iterator[_Room]:
    row: list[_Room] = []
    y = 0
    for room in rooms:
        if row and sum(other.min_size[0] for other in (*row, room)) > WIDEST:
            yield from _placed(row, y, WIDEST)
            y += max(other.min_size[1] for other in row)
            row = []
        row.append(room)
    yield from _placed(row, y, WIDEST if y else 0)


def _placed(row: Sequence[_Room], y: int, width: int) -> Iterator[_Room]:
    """Yield the rooms of a row, all as high as the highest; they share the remaining width."""
    if not row:
        return
    height = max(room.min_size[1] for room in row)
    needed = sum(room.min_size[0] for room in row)
    x = 0
    for number, room in enumerate(row):
        wide = room.min_size[0] * max(width, needed) // needed
        if number == len(row) - 1:
            wide = max(width, needed) - x
        yield _Room(room.zone, room.machines, room.doors, x, y, wide, height)
        x += wide


def _walls(room: _Room) -> Iterator[Wall]:
    left, top, right, bottom = room.x, room.y, room.x + room.width, room.y + room.height
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    for (x1, y1), (x2, y2) in pairwise(corners):
        yield Wall(x1=x1, y1=y1, x2=x2, y2=y2)


def _doors(room: _Room) -> Iterator[Opening]:
    for number, point in enumerate(room.doors):
        x = room.x + FIRST_DOOR + number * DOOR_STEP
        yield Opening(x=x, y=room.y + room.height, point=point)


def _machines(room: _Room) -> Iterator[Spot]:
    for number, point in enumerate(room.machines):
        row, column = divmod(number, room.columns)
        x = room.x + (2 * column + 1) * room.width // (2 * room.columns)
        yield Spot(point=point, x=x, y=room.y + HEAD + row * CELL_Y + MACHINE_Y)

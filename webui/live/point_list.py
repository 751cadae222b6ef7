"""Filter and sort the machines and doors of a board."""

from typing import Any

from controller.capabilities.live.board import Board, Tile
from controller.domain.facts import PointKind
from webui.list_filter import Filters, ListFilter, filters, natural_key, room_options
from webui.live.tiles import STYLE_ORDER, URGENT_STYLES, look_words, name_of, style_of
from webui.parts import Option


def is_shown(tile: Tile, list_filter: ListFilter) -> bool:
    """Return whether the filter selects it. Doors match only those states that need attention."""
    look = style_of(tile)
    is_door_without_alarm = tile.point.kind is PointKind.DOOR and look not in URGENT_STYLES
    rooms = (tile.point.zone, tile.point.from_zone)
    return list_filter.has(name_of(tile), rooms, () if is_door_without_alarm else (look,))


def urgency_key(tile: Tile) -> tuple[int, bool, list[str | int]]:
    """Return a key that sorts by state, within a state tiles with a warning first, then by name."""
    return STYLE_ORDER.index(style_of(tile)), not tile.warning, natural_key(name_of(tile))


def list_filters(
    endpoint: str, list_filter: ListFilter, board: Board, *, matching: int, shown: int, **kept: Any
) -> Filters:
    """Return the filters of a page that shows machines and doors of the board."""
    return filters(
        endpoint,
        list_filter,
        room_options(board.site, (tile.point.zone for tile in board.tiles)),
        [Option(value=look, text=word) for look, word in look_words().items()],
        every=len(board.tiles),
        matching=matching,
        shown=shown,
        **kept,
    )

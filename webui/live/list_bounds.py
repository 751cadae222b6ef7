"""Limit lists by the size of the page: as many items as fit into a number of bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from markupsafe import escape

from webui.live.views import Action, Tile

T = TypeVar("T")


def fit_items(items: Sequence[T], most_bytes: int, item_bytes: int) -> tuple[T, ...]:
    """Return the first items that fit; `item_bytes` is the size of an item's markup without texts.

    Each text counts twice, as names are repeated in attributes for screen readers.
    """
    left, shown = most_bytes, 0
    for item in items:
        left -= item_bytes + 2 * sum(len(escape(text).encode()) for text in _texts(item))
        if left < 0:
            break
        shown += 1
    return tuple(items[:shown])


def with_menus(tiles: Sequence[Tile], most_bytes: int) -> tuple[Tile, ...]:
    """Return the tiles with the menus that fit; the other menus are on the machines' own pages."""
    left, shown = most_bytes, []
    for tile in tiles:
        left -= 3 * len(escape(tile.name)) + sum(_markup(act) for act in tile.actions)
        # the main action is a button on the tile and also stands in its menu
        twice = tile.main if tile.main in tile.actions else None
        left -= _markup(twice) if twice else 0
        without = replace(tile, actions=(), elsewhere=bool(tile.actions))
        shown.append(tile if left >= 0 else replace(without, main=None) if twice else without)
    return tuple(shown)


def _markup(operation: Action) -> int:
    """Return roughly how many bytes an action takes in a page."""
    words = 2 * len(
        escape(operation.href + operation.text + operation.why + operation.confirmation)
    )
    return 180 + words + 140 * len(operation.choices) + (450 if operation.other_label else 0)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif is_dataclass(value) and not isinstance(value, Action):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))

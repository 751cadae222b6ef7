"""Icons: the shared sprite with each room's own, and what a machine may wear."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from markupsafe import Markup

from webui.room import SPRITE, TEMPLATES, Room

SHARED = Path(__file__).with_name(TEMPLATES) / SPRITE
FALLBACK = "cog"

MACHINE_ICONS = (
    "axe",
    "axis-3d",
    "cog",
    "cpu",
    "drill",
    "fan",
    "flame",
    "gauge",
    "hammer",
    "headphones",
    "lightbulb",
    "plug",
    "printer",
    "scissors",
    "spool",
    "waves",
    "zap",
)
"""What somebody who sets up a machine can choose from."""


def names(symbols: str) -> list[str]:
    """The names of the symbols in a text."""
    return re.findall(r'<symbol id="([^"]+)"', symbols)


def sprite(rooms: Sequence[Room]) -> Markup:
    """The sprite of every page, from each room's icons; those of the shell are shared.

    Raises ValueError for a name that stands there twice.
    """
    found = "".join(room.sprite() for room in rooms)
    twice = [name for name, count in Counter(names(found)).items() if count > 1]
    if twice:
        raise ValueError(f"icons that stand in two sprites: {', '.join(twice)}")
    return Markup(f'<svg xmlns="http://www.w3.org/2000/svg" hidden>\n{found}</svg>')  # noqa: S704  our files


@cache
def shared_icons() -> frozenset[str]:
    """The names of the symbols that every room may use."""
    return frozenset(names(SHARED.read_text(encoding="utf-8")))


def machine_icon(wanted: str) -> str:
    """The icon of a machine; a cog for a name that the sprite has not."""
    return wanted if wanted in shared_icons() else FALLBACK

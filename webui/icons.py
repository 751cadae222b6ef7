"""Which icons the sprite holds, and which a machine may wear."""

import re
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).with_name("templates") / "sprite.svg"
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


@cache
def sprite_icons() -> frozenset[str]:
    """The names of the sprite's symbols."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))


def machine_icon(wanted: str) -> str:
    """The icon of a machine; a cog for a name that the sprite has not."""
    return wanted if wanted in sprite_icons() else FALLBACK

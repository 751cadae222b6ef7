"""Icons: the shared sprite with those of each feature, and the icons of machines.

The sprite is a separate file that browsers cache, as it would be half of a page's size.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, url_for

from webui.feature import SPRITE, TEMPLATES, Feature, Pages
from webui.static_cache import cacheable_address
from webui.statics import cache_forever, fingerprint

pages = Pages("icons", __name__)

SHARED = Path(__file__).with_name(TEMPLATES) / SPRITE
FALLBACK = "cog"
"""Icon of a machine whose icon is unknown."""
ADDRESS = "icons.address"
"""Key in Flask's extensions of the sprite's address."""

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
"""Icons to choose from for a machine."""


def names(symbols: str) -> list[str]:
    """Return the names of the symbols in a sprite."""
    return re.findall(r'<symbol id="([^"]+)"', symbols)


def sprite(features: Sequence[Feature]) -> str:
    """Return one sprite with the icons of all features; those of the shell are shared by all.

    Raises ValueError for a name that occurs twice.
    """
    symbols = "".join(feature.sprite() for feature in features)
    twice = [name for name, count in Counter(names(symbols)).items() if count > 1]
    if twice:
        raise ValueError(f"icons that stand in two sprites: {', '.join(twice)}")
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>'


def install(app: Flask, features: Sequence[Feature]) -> None:
    """Set the icons that templates of this application can show."""
    app.extensions["icons"] = sprite(features)
    app.jinja_env.globals["icons"] = address


def address() -> str:
    """Return the sprite's address with a fingerprint of its content, so that it can be cached."""
    if ADDRESS not in current_app.extensions:  # computed once, as a page shows a hundred icons
        mark = fingerprint(current_app.extensions["icons"].encode())
        current_app.extensions[ADDRESS] = cacheable_address(url_for("icons.show", v=mark))
    sprite_address: str = current_app.extensions[ADDRESS]
    return sprite_address


@pages.get("/icons.svg", None)
def show() -> Response:
    """Serve the sprite."""
    sprite = Response(current_app.extensions["icons"], mimetype="image/svg+xml")
    return cache_forever(sprite)


@cache
def shared_icons() -> frozenset[str]:
    """The names of the symbols that every feature may use."""
    return frozenset(names(SHARED.read_text(encoding="utf-8")))


def machine_icon(name: str) -> str:
    """Return the icon of a machine; a cog if the sprite has no such icon."""
    return name if name in shared_icons() else FALLBACK

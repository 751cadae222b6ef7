"""Icons: the shared sprite with each feature's own, and what a machine may wear.

The sprite is a file of its own, which a browser keeps: it was half of what a page weighs.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, url_for

from webui.feature import SPRITE, TEMPLATES, Feature, Pages
from webui.static_cache import cacheable_address
from webui.statics import fingerprint, kept_for_long

pages = Pages("icons", __name__)

SHARED = Path(__file__).with_name(TEMPLATES) / SPRITE
FALLBACK = "cog"
ADDRESS = "icons.address"

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
    """The names of the symbols in a text."""
    return re.findall(r'<symbol id="([^"]+)"', symbols)


def sprite(features: Sequence[Feature]) -> str:
    """The icons of every page, from each feature's; those of the shell are shared.

    Raises ValueError for a name that stands there twice.
    """
    found = "".join(feature.sprite() for feature in features)
    twice = [name for name, count in Counter(names(found)).items() if count > 1]
    if twice:
        raise ValueError(f"icons that stand in two sprites: {', '.join(twice)}")
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{found}</svg>'


def install(app: Flask, features: Sequence[Feature]) -> None:
    """Let templates show the icons of these features."""
    app.extensions["icons"] = sprite(features)
    app.jinja_env.globals["icons"] = address


def address() -> str:
    """Of the sprite, with its content's fingerprint so that it can be kept for long."""
    if ADDRESS not in current_app.extensions:  # a page shows a hundred
        found = fingerprint(current_app.extensions["icons"].encode())
        current_app.extensions[ADDRESS] = cacheable_address(url_for("icons.show", v=found))
    kept: str = current_app.extensions[ADDRESS]
    return kept


@pages.get("/icons.svg", None)
def show() -> Response:
    """The sprite."""
    sprite = Response(current_app.extensions["icons"], mimetype="image/svg+xml")
    return kept_for_long(sprite)


@cache
def shared_icons() -> frozenset[str]:
    """The names of the symbols that every feature may use."""
    return frozenset(names(SHARED.read_text(encoding="utf-8")))


def machine_icon(wanted: str) -> str:
    """The icon of a machine; a cog for a name that the sprite has not."""
    return wanted if wanted in shared_icons() else FALLBACK

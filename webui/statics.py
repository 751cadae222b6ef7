"""Static files: their addresses, and the one sheet of styles that every page has."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Response, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from webui.feature import Pages
from webui.security import YEAR_S
from webui.static_cache import cacheable_address

pages = Pages("statics", __name__)

STATIC = Path(__file__).with_name("static")
SHEETS = ("tokens", "base", "frame", "components", "pages")
"""One after the other: a browser paints nothing until it has them all."""


def static(path: str, versioned: bool = True) -> str:
    """Address of a static file, with its content's fingerprint so that it can be kept for long.

    A feature's own is named with its family before it: `live/live.css`.
    """
    known: dict[str, str] = current_app.extensions.setdefault("statics", {})
    if path not in known:
        known[path] = cacheable_address(_address(path, versioned))
    return known[path]


def styles() -> str:
    """Address of the sheet that every page has."""
    known: dict[str, str] = current_app.extensions.setdefault("statics", {})
    if "" not in known:
        known[""] = cacheable_address(url_for("statics.show", v=fingerprint(sheet().encode())))
    return known[""]


@pages.get("/static/css/all.css", None)
def show() -> Response:
    """Serve the combined style sheet."""
    return kept_for_long(Response(sheet(), mimetype="text/css"))


@pages.get("/favicon.ico", None)
def favicon() -> ResponseReturnValue:
    """The icon, for browsers that show an answer which is no page: they ask for it by this name."""
    return redirect(static("favicon.svg"))


@cache
def sheet() -> str:
    """Its text."""
    return "\n".join((STATIC / "css" / f"{sheet}.css").read_text("utf-8") for sheet in SHEETS)


def kept_for_long(answer: Response) -> Response:
    """Of an address that changes with what is there."""
    answer.cache_control.public = answer.cache_control.immutable = True
    answer.cache_control.max_age = YEAR_S
    return answer


def fingerprint(data: bytes) -> str:
    """Of a content, for its address."""
    return hashlib.sha256(data).hexdigest()[:12]


def _address(path: str, versioned: bool) -> str:
    family, _, name = path.partition("/")
    own = current_app.blueprints.get(family)
    if own and own.static_folder:
        folder, endpoint, path = Path(own.static_folder), f"{family}.static", name
    else:
        folder, endpoint = STATIC, "static"
    if not versioned:
        return url_for(endpoint, filename=path)
    return url_for(endpoint, filename=path, v=_fingerprint_of(folder / path))


@cache
def _fingerprint_of(file: Path) -> str:
    return fingerprint(file.read_bytes())

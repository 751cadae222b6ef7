"""Static files: their addresses, and the one style sheet that every page has."""

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
"""The folder of the static files that all pages share."""
SHEETS = ("tokens", "base", "frame", "components", "pages")
"""Parts of the style sheet, joined in this order: a browser draws nothing before it has them
all."""


def static(path: str, versioned: bool = True) -> str:
    """Return the address of a static file, with a fingerprint so that it can be cached for long.

    The path of a feature's file starts with its family of pages: `live/live.css`.
    """
    addresses_by_path: dict[str, str] = current_app.extensions.setdefault("statics", {})
    if path not in addresses_by_path:
        addresses_by_path[path] = cacheable_address(_address(path, versioned))
    return addresses_by_path[path]


def styles() -> str:
    """Return the address of the style sheet that every page has."""
    addresses_by_path: dict[str, str] = current_app.extensions.setdefault("statics", {})
    if "" not in addresses_by_path:
        addresses_by_path[""] = cacheable_address(
            url_for("statics.show", v=fingerprint(sheet().encode()))
        )
    return addresses_by_path[""]


@pages.get("/static/css/all.css", None)
def show() -> Response:
    """Return the style sheet."""
    return cache_forever(Response(sheet(), mimetype="text/css"))


@pages.get("/favicon.ico", None)
def favicon() -> ResponseReturnValue:
    """Redirect to the icon; browsers request this name for responses that are not pages."""
    return redirect(static("favicon.svg"))


@cache
def sheet() -> str:
    """Return the text of the style sheet."""
    return "\n".join((STATIC / "css" / f"{sheet}.css").read_text("utf-8") for sheet in SHEETS)


def cache_forever(answer: Response) -> Response:
    """Let browsers cache a response for a year, since its address changes with its content."""
    answer.cache_control.public = answer.cache_control.immutable = True
    answer.cache_control.max_age = YEAR_S
    return answer


def fingerprint(data: bytes) -> str:
    """Return a short hash of the content, for its address."""
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

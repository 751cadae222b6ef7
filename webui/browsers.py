"""Name the browser and its system, such as `Firefox, Linux`, for the list of open sessions."""

from flask import request

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser() -> str | None:
    """Return the names for this request's browser; None if it is unknown.

    Browsers also claim to be others, so the first match in the order of the lists counts.
    """
    user_agent = request.headers.get("User-Agent", "")
    names = (next((name for mark, name in all_ if mark in user_agent), None) for all_ in _KINDS)
    return ", ".join(name for name in names if name) or None


_KINDS = (_BROWSERS, _SYSTEMS)

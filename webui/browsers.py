"""What a browser says it is, for the list of open sessions: `Firefox, Linux`."""

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
    """Of this request; the first name that fits, for each claims to be the others too."""
    said = request.headers.get("User-Agent", "")
    found = (next((name for mark, name in all_ if mark in said), None) for all_ in _KINDS)
    return ", ".join(name for name in found if name) or None


_KINDS = (_BROWSERS, _SYSTEMS)

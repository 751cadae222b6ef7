"""One thing that was looked at, and how to mend it."""

import sys
from collections.abc import Callable
from typing import NamedTuple


class Finding(NamedTuple):
    """`advice` is what to do when it is not good."""

    what: str
    good: bool
    advice: str = ""


class Bad(Exception):
    """It is not good: one line that says what to do."""


def try_check(what: str, check: Callable[[], object]) -> Finding:
    """Good unless it raises; whatever it raises is the advice."""
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the advice
        return bad(what, error)
    return Finding(what, True)


def bad(what: str, error: Exception) -> Finding:
    """Not good, for that reason."""
    if isinstance(error, PermissionError):
        return Finding(what, False, f"{error.filename} is not yours to read: call loquet by sudo")
    return Finding(what, False, " ".join(str(error).split()) or type(error).__name__)


def python() -> Finding:
    """The one that this runs on."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(f"Python {version}", sys.version_info >= (3, 11), "install 3.11 or newer")

"""The result of one check, with the advice to fix a problem."""

import sys
from collections.abc import Callable
from typing import NamedTuple


class Finding(NamedTuple):
    """The result of one check; `advice` says what to do if it is not good."""

    what: str
    good: bool
    advice: str = ""


class CheckFailed(Exception):
    """Raised when a check fails; its text is one line that says what to do."""


def try_check(what: str, check: Callable[[], object]) -> Finding:
    """Run a check: the finding is good unless it raises; then the error's text is the advice."""
    try:
        check()
    except Exception as error:  # noqa: BLE001  whatever it is, its text is the advice
        return bad(what, error)
    return Finding(what, True)


def bad(what: str, error: Exception) -> Finding:
    """Return a finding that is not good, with the error's text as advice."""
    if isinstance(error, PermissionError):
        return Finding(what, False, f"{error.filename} can't be read by this user: use sudo")
    return Finding(what, False, " ".join(str(error).split()) or type(error).__name__)


def python() -> Finding:
    """Check the version of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(f"Python {version}", sys.version_info >= (3, 11), "install 3.11 or newer")

"""Ask again until it is so, where there is nothing to wait on: a database, another process."""

import threading
import time
from collections.abc import Callable

WAIT_S = 180.0


def until(
    true: Callable[[], object], what: str | Callable[[], str], wait_s: float = WAIT_S
) -> None:
    """Return once it is true. AssertionError, with what is missing, when it never is."""
    end = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < end, what if isinstance(what, str) else what()
        threading.Event().wait(0.02)

"""A terminal as standard error, and the texts that were shown on its one line."""

import os
import pty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def a_terminal() -> Iterator[Callable[[], list[str]]]:
    """Make standard error a terminal; yields a function that returns the texts since its last
    call."""
    ours, theirs = pty.openpty()
    with (
        os.fdopen(ours, "rb", buffering=0) as screen,
        os.fdopen(theirs, "w") as terminal,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("sys.stderr", terminal)
        patch.setattr("sys.__stderr__", terminal)

        def shown() -> list[str]:
            print("end", file=terminal, flush=True)
            text = ""
            while not text.endswith("end\r\n"):
                text += screen.read(4096).decode()
            return text.removesuffix("end\r\n").split("\r\x1b[K")

        yield shown

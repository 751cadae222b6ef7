"""The progress of long commands, on a line of the terminal that overwrites itself."""

import sys
import time
from typing import Self

_EVERY_S = 0.1


class Progress:
    """Shows how far the work is, in a terminal only; the line is cleared after the block."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._what, self._at = "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def __call__(self, what: str, count: int, total: int | None = None) -> None:
        """Show the count, at most every tenth of a second for the same `what`."""
        now = time.monotonic()
        if not self._is_terminal or (what == self._what and now - self._at < _EVERY_S):
            return
        self._what, self._at = what, now
        self._write(f"{what}: {count}" + ("" if total is None else f" of {total}"))

    def lines(self, what: str, count: int) -> None:
        """Show how many lines of a file are read or stored."""
        self(f"lines {what}", count)

    def clear(self) -> None:
        """Clear the line, before something else is printed."""
        self._write("")

    def _write(self, text: str) -> None:
        if self._is_terminal:
            # Written past `plain_output`, which would remove the control characters.
            print(f"\r\x1b[K{text}", end="", file=sys.__stderr__, flush=True)

"""The hands of the week's clock, which every process of the place reads from one shared file."""

import mmap
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

from controller.domain.time import Utc

_OFFSETS = struct.Struct("dd")
"""Of the wall clock, in seconds: at the start, and now."""


class Hands:
    """This computer's clock plus an offset (s): time passes as ever, and can be moved on."""

    def __init__(self, file: Path, *, start: Utc | None = None) -> None:
        """`start`: make the file, so that it is that time now; None: read another's."""
        if start is not None:
            offset = start.timestamp() - time.time()
            file.write_bytes(_OFFSETS.pack(offset, offset))
        with file.open("r+b") as shared:
            self._shared = mmap.mmap(shared.fileno(), _OFFSETS.size)

    def move_to(self, moment: Utc) -> None:
        """It is that time now, for everybody. Time goes one way only: AssertionError."""
        assert moment >= self.now(), f"it is {self.now()} already, later than {moment}"
        first, _ = self._offsets()
        self._shared[:] = _OFFSETS.pack(first, moment.timestamp() - time.time())

    def wall(self) -> float:
        """Seconds since 1970."""
        _, offset = self._offsets()
        return time.time() + offset

    def now(self) -> Utc:
        """The time, to the millisecond, as the controller keeps it."""
        return Utc.of(datetime.fromtimestamp(self.wall(), UTC))

    def monotonic(self) -> float:
        """Monotonic seconds, which have moved on as the wall's did."""
        first, offset = self._offsets()
        return time.monotonic() + offset - first

    def _offsets(self) -> tuple[float, float]:
        first, offset = _OFFSETS.unpack(self._shared[:])
        return float(first), float(offset)

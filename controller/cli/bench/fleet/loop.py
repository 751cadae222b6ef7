"""An event loop: one thread for all connections of a process and for its timers.

A thread for each agent, as a real agent has, is too expensive for a thousand agents: they share one
interpreter, and switching to the right thread costs more than its work.
"""

import heapq
import logging
import selectors
import time
from collections import deque
from collections.abc import Callable, Generator
from itertools import count
from typing import Any

Operation = Generator[float, None, Any]
"""Work in steps.

It yields the seconds for which it can wait if nothing else happens; 0 only lets other work run in
between.
"""
SLICE_S = 0.002
"""Time slice in seconds between two polls of the connections."""

_log = logging.getLogger(__name__)


class Loop:
    """Calls all callbacks on the thread that runs it."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._soon: deque[Callable[[], object]] = deque()
        self._numbers = count()

    def watch(self, file: Any, events: int, ready: Callable[[int], None]) -> None:
        """Call `ready` when the file is ready for some of these events; `events` 0 stops it."""
        is_watched = file in self._selector.get_map()
        if not events:
            if is_watched:
                self._selector.unregister(file)
        elif is_watched:
            self._selector.modify(file, events, ready)
        else:
            self._selector.register(file, events, ready)

    def later(self, after_s: float, job: Callable[[], None]) -> None:
        """Call the job once, after this many seconds."""
        heapq.heappush(self._later, (time.monotonic() + after_s, next(self._numbers), job))

    def soon(self, job: Callable[[], object]) -> None:
        """Call the job once, after the connections that are ready now have been served."""
        self._soon.append(job)

    def close(self) -> None:
        """Free the selector."""
        self._selector.close()

    def run(self, operation: Operation) -> Any:
        """Serve connections and timers until this work is done; returns its result."""
        while True:
            end = time.monotonic() + SLICE_S
            try:
                while not (rest_s := next(operation)) and time.monotonic() < end:
                    pass
            except StopIteration as done:
                return done.value
            self._turn(rest_s)

    def _turn(self, most_s: float) -> None:
        now = time.monotonic()
        if self._soon:
            most_s = 0.0
        elif self._later:
            most_s = max(0.0, min(most_s, self._later[0][0] - now))
        for key, events in self._selector.select(most_s):
            self._call(key.data, events)
        for _ in range(len(self._soon)):
            self._call(self._soon.popleft())
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self._call(heapq.heappop(self._later)[2])

    def _call(self, job: Callable[..., object], *arguments: int) -> None:
        try:
            job(*arguments)
        except Exception:  # noqa: BLE001  one failing agent must not stop hundreds of others
            _log.exception("a callback of the fleet failed")

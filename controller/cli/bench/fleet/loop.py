"""One thread for all connections of a process, and for what else it does now and then.

A thread each, as a real agent has, is what a thousand of them can't afford: they take turns at one
interpreter, and waking the right one costs more than what it has to do.
"""

import heapq
import logging
import selectors
import time
from collections import deque
from collections.abc import Callable, Generator
from itertools import count
from typing import Any

Act = Generator[float, None, Any]
"""Work in pieces: yields for how many seconds it rests at most, unless something else happens; 0:
it only lets others have their turn."""
SLICE_S = 0.002
"""Between two looks at the connections."""

_log = logging.getLogger(__name__)


class Loop:
    """All that it calls, it calls on the thread that runs it."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._soon: deque[Callable[[], object]] = deque()
        self._numbers = count()

    def watch(self, file: Any, events: int, ready: Callable[[int], None]) -> None:
        """Call `ready` with what a file can do now, of these events; 0: not any more."""
        known = file in self._selector.get_map()
        if not events:
            if known:
                self._selector.unregister(file)
        elif known:
            self._selector.modify(file, events, ready)
        else:
            self._selector.register(file, events, ready)

    def later(self, after_s: float, job: Callable[[], None]) -> None:
        """Call once, after so many seconds."""
        heapq.heappush(self._later, (time.monotonic() + after_s, next(self._numbers), job))

    def soon(self, job: Callable[[], object]) -> None:
        """Call once, when those connections have been served that are ready now."""
        self._soon.append(job)

    def close(self) -> None:
        """Free what it holds."""
        self._selector.close()

    def act(self, operation: Act) -> Any:
        """Serve until this work is done; what it returns."""
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

    def _call(self, job: Callable[..., object], *words: int) -> None:
        try:
            job(*words)
        except Exception:  # noqa: BLE001  the loop of hundreds: one that fails must not stop them
            _log.exception("a part of the fleet failed")

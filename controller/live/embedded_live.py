"""Notifications and counters within a single process, without Redis.

`Live` describes each function.
"""

import time
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue
from threading import Lock

SWEEP_S = 60.0
"""Seconds between two removals of expired counters."""


class EmbeddedListener(AbstractContextManager["EmbeddedListener"]):
    """A listener in this process."""

    def __init__(self, owner: "EmbeddedLive") -> None:
        self._owner = owner
        self.rings: SimpleQueue[str] = SimpleQueue()

    def wait(self, timeout_s: float) -> bool:
        try:
            self.rings.get(timeout=max(timeout_s, 0.0))
        except Empty:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._owner.leave(self)


class EmbeddedLive:
    """Notifications and counters among the users of this instance."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: set[EmbeddedListener] = set()
        self._counters: dict[str, tuple[int, float]] = {}
        self._swept_s = time.monotonic()

    def ring(self, site: str) -> None:
        """Notify all listeners."""
        with self._lock:
            for listener in self._listeners:
                listener.rings.put(site)

    def listen(self) -> EmbeddedListener:
        """Return a new listener."""
        listener = EmbeddedListener(self)
        with self._lock:
            self._listeners.add(listener)
        return listener

    def leave(self, listening: EmbeddedListener) -> None:
        """Remove a listener."""
        with self._lock:
            self._listeners.discard(listening)

    def count(self, key: str, keep_s: int) -> int:
        """Add one to a counter, which ends `keep_s` seconds after the last call, and return it."""
        now_s = time.monotonic()
        with self._lock:
            self._delete_expired(now_s)
            count, until_s = self._counters.get(key, (0, 0.0))
            count = count + 1 if now_s < until_s else 1
            self._counters[key] = count, now_s + keep_s
            return count

    def count_within(self, _key: str, _by: int, _window_s: int) -> None:
        """Does nothing: a single process counts for itself."""
        return

    def forget(self, key: str) -> None:
        """Do nothing, since there are no shared counters."""

    def close(self) -> None:
        """Do nothing, since there are no connections."""

    def _delete_expired(self, now_s: float) -> None:
        if now_s < self._swept_s + SWEEP_S:
            return
        self._swept_s = now_s
        expired = [key for key, (_, until_s) in self._counters.items() if until_s <= now_s]
        for key in expired:
            del self._counters[key]

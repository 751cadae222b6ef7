"""Slow down who guesses passwords: a few tries, then a pause, by account and by address."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

MOST_KEYS = 10_000


class TryLimit:
    """At most `tries` failures for a key within `window_s` seconds. Safe to share by threads.

    Kept in memory: a restart forgets, which costs an attacker nothing but a person at most a wait.
    Beyond 10,000 keys the oldest are forgotten, so that spraying can't fill the memory.
    """

    def __init__(self, tries: int, window_s: float, mono_s: Callable[[], float]) -> None:
        self._tries = tries
        self._window_s = window_s
        self._mono_s = mono_s
        self._failures: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = Lock()

    def blocked(self, key: str) -> bool:
        """Whether this key has failed too often."""
        with self._lock:
            return len(self._recent(key)) >= self._tries

    def failed(self, key: str) -> None:
        """Count a failure."""
        with self._lock:
            self._failures[key] = [*self._recent(key), self._mono_s()]
            self._failures.move_to_end(key)
            while len(self._failures) > MOST_KEYS:
                self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        """Start afresh, after a success."""
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: str) -> list[float]:
        horizon = self._mono_s() - self._window_s
        return [at for at in self._failures.get(key, []) if at > horizon]

"""Slow down who guesses passwords, and who asks the API more often than agreed."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from controller.domain.time import Utc
from controller.live import Live

MOST_KEYS = 10_000
MINUTE_S = 60


def seconds_to_wait(live: Live, who: str, per_minute: int, now: Utc) -> int:
    """Count a request; 0 when it is within the limit, else the seconds until the next minute.

    Counted in Redis by minutes of the clock, so that all web processes share the count. While
    Redis is away nobody is kept waiting: the limit protects the server, it keeps no secret.
    """
    minute, passed = divmod(int(now.timestamp()), MINUTE_S)
    count = live.count(f"rate:{who}:{minute}", 2 * MINUTE_S)
    return MINUTE_S - passed if count is not None and count > per_minute else 0


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

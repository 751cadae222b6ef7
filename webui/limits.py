"""Slow down who guesses passwords, and who asks the API more often than agreed."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from threading import Lock
from time import monotonic, time

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
    """At most `tries` failures for a key within `window_s` seconds, in all web processes together.

    Counted in Redis, by the clock that webs have in common, and in this process, which knows while
    Redis is away: nobody guesses on. Beyond 10,000 keys the oldest are forgotten here, so that
    spraying can't fill the memory. Keys may be long or name people: only their digests are kept.
    """

    def __init__(
        self,
        name: str,
        tries: int,
        window_s: float,
        live: Live,
        mono_s: Callable[[], float] = monotonic,
        wall_s: Callable[[], float] = time,
    ) -> None:
        self._name = name
        self._tries = tries
        self._window_s = window_s
        self._live = live
        self._mono_s = mono_s
        self._wall_s = wall_s
        self._failures: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = Lock()

    def blocked(self, key: str) -> bool:
        """Whether this key has failed too often."""
        key = self._digest(key)
        first = self._live.noted_time(key, self._tries)
        if first is not None:
            return first > self._wall_s() - self._window_s
        with self._lock:
            return len(self._recent(key)) >= self._tries

    def failed(self, key: str) -> None:
        """Count a failure."""
        key = self._digest(key)
        self._live.note_time(key, self._wall_s(), self._tries, ceil(self._window_s))
        with self._lock:
            self._failures[key] = [*self._recent(key), self._mono_s()]
            self._failures.move_to_end(key)
            while len(self._failures) > MOST_KEYS:
                self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        """Start afresh, after a success."""
        key = self._digest(key)
        self._live.forget_times(key)
        with self._lock:
            self._failures.pop(key, None)

    def _digest(self, key: str) -> str:
        return f"tries:{self._name}:{hashlib.sha256(key.encode()).hexdigest()}"

    def _recent(self, key: str) -> list[float]:
        horizon = self._mono_s() - self._window_s
        return [at for at in self._failures.get(key, []) if at > horizon]

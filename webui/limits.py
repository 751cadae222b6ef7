"""Rate limits: for guessing passwords and codes, and for API requests."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock
from time import monotonic

from controller.domain.time import Utc
from controller.live import Live

MAX_KEYS = 10_000
"""How many keys a process remembers."""
MINUTE_S = 60


def seconds_to_wait(live: Live, who: str, per_minute: int, now: Utc) -> int:
    """Count a request; return 0 if it is within the limit, else the seconds until the next minute.

    Counted in Redis by minutes of the clock, so that all web processes share the count. Without
    Redis nobody has to wait: this limit protects the server, not a secret.
    """
    minute, past_s = divmod(int(now.timestamp()), MINUTE_S)
    count = live.count(f"rate:{who}:{minute}", 2 * MINUTE_S)
    return MINUTE_S - past_s if count is not None and count > per_minute else 0


def counted_address(address: str | None) -> str:
    """Return the address under which tries are counted; of IPv6 the /64, which is one household."""
    try:
        ip = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return f"{IPv6Address(int(ip) >> 64 << 64)}/64"


class TryLimit:
    """At most `tries` for a key within `window_s` seconds of its first, in all web processes.

    A try is counted before it is checked, in one step, so that many at once don't get past the
    limit; a right one is given back. Counted in Redis and also in this process, so that guessing
    stays limited without Redis. Beyond 10,000 keys the process forgets the oldest, so that many
    keys can't fill the memory. Keys may be long or name people, so only digests are stored.
    """

    def __init__(
        self,
        name: str,
        tries: int,
        window_s: int,
        live: Live,
        mono_s: Callable[[], float] = monotonic,
    ) -> None:
        self._name = name
        self._tries = tries
        self._window_s = window_s
        self._live = live
        self._mono_s = mono_s
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()
        """By key: the number of tries, and when they expire."""
        self._lock = Lock()

    def take(self, *key: str) -> int:
        """Count a try. Returns 0, or the seconds to wait, and then the try must not be checked."""
        count, left_s = self._add(key, 1)
        return max(1, ceil(left_s)) if count > self._tries else 0

    def refund(self, *key: str) -> None:
        """Subtract a try that was right; never below 0, as its window may be over by now."""
        self._add(key, -1)

    def forget(self, *key: str) -> None:
        """Clear the count after a success."""
        name = self._digest(key)
        self._live.forget(name)
        with self._lock:
            self._counts.pop(name, None)

    def _add(self, key: tuple[str, ...], by: int) -> tuple[int, float]:
        """Change the count; return it and the seconds until it expires."""
        name = self._digest(key)
        counted_here = self._add_here(name, by)
        return self._live.count_within(name, by, self._window_s) or counted_here

    def _add_here(self, name: str, by: int) -> tuple[int, float]:
        now = self._mono_s()
        with self._lock:
            count, until = self._counts.get(name, (0, now + self._window_s))
            if until <= now:
                count, until = 0, now + self._window_s
            count = max(0, count + by)
            self._counts[name] = (count, until)
            self._counts.move_to_end(name)
            while len(self._counts) > MAX_KEYS:
                self._counts.popitem(last=False)
        return count, until - now

    def _digest(self, key: tuple[str, ...]) -> str:
        digest = hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass"))
        return f"tries:{self._name}:{digest.hexdigest()}"


FREE_TRIES, FREE_WINDOW_S = 20, 900
"""Tries of a key that are not slowed down, within `FREE_WINDOW_S` seconds."""
KEY_INTERVAL_S = 10
"""After these, seconds between two tries, wherever they come from."""
ADDRESS_INTERVAL_S = 120
"""After these, seconds between two tries from one address."""


class SlowLimit:
    """Slow down tries for a key, wherever they come from.

    After twenty tries in a quarter of an hour, one try is checked every ten seconds, and one from
    each address every two minutes. It never blocks: the answer says how long to wait, and tries
    that are not checked don't count. The wait per address is longer than that for all, so that one
    stranger's address can't use up every try.
    """

    def __init__(self, name: str, live: Live, mono_s: Callable[[], float] = monotonic) -> None:
        self._free = TryLimit(f"{name} free", FREE_TRIES, FREE_WINDOW_S, live, mono_s)
        self._per_key = TryLimit(f"{name} turn", 1, KEY_INTERVAL_S, live, mono_s)
        self._per_address = TryLimit(f"{name} place", 1, ADDRESS_INTERVAL_S, live, mono_s)

    def take(self, key: str, place: str) -> int:
        """Count a try; return the seconds to wait before it may be checked, 0 if it may be now."""
        if not self._free.take(key):
            return 0
        if wait_s := self._per_address.take(key, place):
            return wait_s
        wait_s = self._per_key.take(key)
        if wait_s:
            self._per_address.refund(key, place)
        return wait_s

    def succeed(self, key: str, place: str) -> None:
        """Clear the counts of a try that was right."""
        self._free.refund(key)
        self._per_address.forget(key, place)

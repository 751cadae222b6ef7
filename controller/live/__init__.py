"""A bell that says *look*, and what processes share briefly: in Redis, or within one process."""

from typing import Protocol

EMBEDDED = "embedded"
BELL = "bell"
"""Channel of the ids of sites that have news in the outbox."""


class Subscription(Protocol):
    """Listens for notifications from now on.

    While Redis is unavailable it reconnects by itself, and notifications are lost meanwhile: a
    listener that must not miss a change also polls the database.
    """

    def rang(self, timeout_s: float) -> bool:
        """Whether it rang, once more, within timeout_s seconds.

        Not, after at most a second, while Redis is away; the next call tries it again.
        """

    def __enter__(self) -> "Subscription": ...

    def __exit__(self, *_: object) -> None: ...


class _Backend(Protocol):
    def ring(self, site: str) -> None: ...
    def listen(self) -> Subscription: ...
    def count(self, key: str, keep_s: int) -> int | None: ...
    def count_within(self, key: str, by: int, window_s: int) -> tuple[int, int] | None: ...
    def forget(self, key: str) -> None: ...
    def close(self) -> None: ...


class Live:
    """The bell and the counters. One instance is shared by everything in a process.

    `url` is `redis://…`, `rediss://…`, `unix://…`, or `embedded`: then only those who share this
    very instance hear each other, which is why `embedded` is for `loquet serve` alone.
    """

    def __init__(self, url: str) -> None:
        self._backend = _backend(url)

    def ring(self, site: str) -> None:
        """Have those who read the outbox look now; they also look by themselves, every few seconds.

        Never raises, and waits for nobody: it is called after the commit, when the change stands.
        """
        self._backend.ring(site)

    def listen(self) -> Subscription:
        """Listen to the bell, from now on; it ends with the context."""
        return self._backend.listen()

    def count(self, key: str, keep_s: int) -> int | None:
        """Add one to a counter that all processes share, kept for keep_s seconds; what it is then.

        None while Redis is away, and at once for a while after that: nobody waits for a counter.
        """
        return self._backend.count(key, keep_s)

    def count_within(self, key: str, by: int, window_s: int) -> tuple[int, int] | None:
        """Add to a counter that all processes share, which ends window_s after its first addition.

        What it is then, and the seconds that are left of it. None where only one's own memory
        knows: Redis is away, or nobody shares it.
        """
        return self._backend.count_within(key, by, window_s)

    def forget(self, key: str) -> None:
        """Let go of such a counter."""
        self._backend.forget(key)

    def close(self) -> None:
        """Let go of the connections."""
        self._backend.close()


def _backend(url: str) -> _Backend:
    if url == EMBEDDED:
        from controller.live.embedded_live import EmbeddedLive

        return EmbeddedLive()
    from controller.live.shared_live import SharedLive  # 10 MB, which a small place has no use for

    return SharedLive(url)

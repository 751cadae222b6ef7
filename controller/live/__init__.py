"""Notifications of news in the outbox, and short-lived counters."""

from typing import Protocol

EMBEDDED = "embedded"
BELL = "bell"
"""Channel for the ids of sites that have news in the outbox."""


class Subscription(Protocol):
    """Receives notifications from its creation on.

    While Redis is unavailable it reconnects by itself, and notifications are lost meanwhile; a
    listener that must not miss a change also polls the database.
    """

    def wait(self, timeout_s: float) -> bool:
        """Return whether a notification came within `timeout_s` seconds.

        While Redis is unavailable it returns False after at most a second; the next call tries
        again.
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
    """Notifications and counters; one instance is shared by a whole process.

    `url` is `redis://…`, `rediss://…`, `unix://…`, or `embedded`, which works only within this
    instance and therefore is for `loquet serve` alone.
    """

    def __init__(self, url: str) -> None:
        self._backend = _backend(url)

    def ring(self, site: str) -> None:
        """Notify those that read the outbox; they also poll it every few seconds.

        Never raises or waits long, since it is called after the commit, when the change is final.
        """
        self._backend.ring(site)

    def listen(self) -> Subscription:
        """Return a subscription to notifications; it ends with the context."""
        return self._backend.listen()

    def count(self, key: str, keep_s: int) -> int | None:
        """Add one to a shared counter and return it; the counter ends `keep_s` seconds after the
        last call.

        None while Redis is unavailable; after the first failure, it returns at once, since a
        counter is not worth a wait.
        """
        return self._backend.count(key, keep_s)

    def count_within(self, key: str, by: int, window_s: int) -> tuple[int, int] | None:
        """Add to a shared counter that ends `window_s` seconds after its first addition.

        Returns the count and the seconds left. None if the caller must count for itself, because
        Redis is unavailable or nothing is shared.
        """
        return self._backend.count_within(key, by, window_s)

    def forget(self, key: str) -> None:
        """Delete a counter."""
        self._backend.forget(key)

    def close(self) -> None:
        """Close the connections."""
        self._backend.close()


def _backend(url: str) -> _Backend:
    if url == EMBEDDED:
        from controller.live.embedded_live import EmbeddedLive

        return EmbeddedLive()
    # 10 MB, which a single process does not need
    from controller.live.shared_live import SharedLive

    return SharedLive(url)

"""Cache parts of a page for all viewers who may see the same.

One change is told to every open page, and each asks for the part at once. What was made is given
again as long as the site's outbox stands where it stood before anything was read, and for a second
at most: what time alone changes is seen to.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from controller.domain.time import Utc

KEEP = timedelta(seconds=1)
MOST = 64
"""Kinds of readers of which something is kept; it is 40 kB of each."""


@dataclass(slots=True)
class _Part:
    lock: Lock = field(default_factory=Lock)
    text: str = ""
    place: int = -1
    made: Utc | None = None

    def holds(self, place: int, now: Utc) -> bool:
        """Whether somebody who sees the site at that place would be shown the same."""
        return self.place == place and self.made is not None and now - self.made < KEEP


class BoardCache:
    """For one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: dict[Hashable, _Part] = {}

    def text(self, who: Hashable, place: int, now: Utc, make: Callable[[], str]) -> str:
        """What readers of that kind see at that place of the outbox; who comes meanwhile waits.

        Whoever calls holds no connection of the database: `make` takes its own.
        """
        part = self._part(who)
        with part.lock:
            if not part.holds(place, now):
                part.text, part.place, part.made = make(), place, now
            return part.text

    def _part(self, who: Hashable) -> _Part:
        with self._lock:
            if who not in self._parts and len(self._parts) >= MOST:
                self._parts.clear()
            return self._parts.setdefault(who, _Part())

"""Whether the database accepts writes, from the results of actual writes, without asking it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from controller.domain.time import Utc
from controller.store.unavailable import TEXTS, Cause, DatabaseUnavailable

__all__ = ["Cause", "DatabaseUnavailable", "Health", "Trouble"]

MOMENT_S = 10.0
"""Shorter lock waits are not reported."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Since when the database can't be used, and why; `until` once it is over."""

    cause: Cause
    since: Utc
    until: Utc | None = None

    @property
    def text(self) -> str:
        """What is wrong and what to do about it, in one line."""
        return TEXTS[self.cause]


class Health:
    """The latest experience with the database in this process."""

    def __init__(self, clock: Callable[[], Utc]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._now: Trouble | None = None
        self._over: list[Trouble] = []

    @property
    def trouble(self) -> Trouble | None:
        """The current trouble, if any."""
        return self._now

    def now(self) -> Utc:
        """The clock's current time."""
        return self._clock()

    def failed(self, problem: DatabaseUnavailable) -> None:
        """Record a failure; the trouble lasts from the first one."""
        with self._lock:
            since = self._now.since if self._now else self._clock()
            self._now = Trouble(problem.cause, since)

    def wrote(self, *, is_proof: bool = False) -> None:
        """Something was committed. Of a full disk it proves nothing: some still find room."""
        found = self._now
        if found is None or (found.cause is Cause.FULL and not is_proof):
            return
        with self._lock:
            before, now = self._now, self._clock()
            self._now = None
            if before is not None and _is_news(before, now):
                self._over.append(Trouble(before.cause, before.since, now))

    def was(self, trouble: Trouble) -> None:
        """Something was wrong before this process could use the database, and is over."""
        with self._lock:
            self._over.append(trouble)

    def over(self) -> tuple[Trouble, ...]:
        """Troubles that have ended and were not reported yet."""
        with self._lock:
            return tuple(self._over)

    def told(self, those: tuple[Trouble, ...]) -> None:
        """Mark these troubles as reported."""
        with self._lock:
            self._over = [trouble for trouble in self._over if trouble not in those]


def _is_news(trouble: Trouble, now: Utc) -> bool:
    return trouble.cause is not Cause.LOCKED or (now - trouble.since).total_seconds() >= MOMENT_S

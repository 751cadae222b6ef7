"""Whether the database accepts writes, learned from the results of actual writes."""

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
    """Since when and why the database can't be used; `until` is set once it is over."""

    cause: Cause
    since: Utc
    until: Utc | None = None

    @property
    def text(self) -> str:
        """Return what is wrong and what to do about it, in one line."""
        return TEXTS[self.cause]


class Health:
    """This process's latest experience with the database."""

    def __init__(self, clock: Callable[[], Utc]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._now: Trouble | None = None
        self._ended: list[Trouble] = []

    @property
    def trouble(self) -> Trouble | None:
        """Return the current trouble; None: there is none."""
        return self._now

    def now(self) -> Utc:
        """Return the clock's current time."""
        return self._clock()

    def failed(self, problem: DatabaseUnavailable) -> None:
        """Record a failure; the trouble counts from the first one."""
        with self._lock:
            since = self._now.since if self._now else self._clock()
            self._now = Trouble(problem.cause, since)

    def wrote(self, *, is_proof: bool = False) -> None:
        """Record a successful commit, which ends the trouble.

        Not if the disk is full, unless `is_proof`: some small writes still succeed then.
        """
        trouble = self._now
        if trouble is None or (trouble.cause is Cause.FULL and not is_proof):
            return
        with self._lock:
            before, now = self._now, self._clock()
            self._now = None
            if before is not None and _is_news(before, now):
                self._ended.append(Trouble(before.cause, before.since, now))

    def record_past(self, trouble: Trouble) -> None:
        """Record a trouble from before this process could use the database, which is over."""
        with self._lock:
            self._ended.append(trouble)

    def ended(self) -> tuple[Trouble, ...]:
        """Return the troubles that have ended and have not been reported yet."""
        with self._lock:
            return tuple(self._ended)

    def mark_reported(self, reported: tuple[Trouble, ...]) -> None:
        """Mark these troubles as reported."""
        with self._lock:
            self._ended = [trouble for trouble in self._ended if trouble not in reported]


def _is_news(trouble: Trouble, now: Utc) -> bool:
    return trouble.cause is not Cause.LOCKED or (now - trouble.since).total_seconds() >= MOMENT_S

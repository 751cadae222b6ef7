"""Whether the database accepts writes, learned from the results of actual writes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from controller.domain.time import Utc
from controller.store.unavailable import TEXTS, Cause, DatabaseUnavailable

__all__ = ["Cause", "DatabaseOutage", "DatabaseUnavailable", "Health"]

MOMENT_S = 10.0
"""Shorter lock waits are not reported."""


@dataclass(frozen=True, slots=True)
class DatabaseOutage:
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
        self._now: DatabaseOutage | None = None
        self._ended: list[DatabaseOutage] = []

    @property
    def outage(self) -> DatabaseOutage | None:
        """Return the current outage; None: there is none."""
        return self._now

    def now(self) -> Utc:
        """Return the clock's current time."""
        return self._clock()

    def failed(self, problem: DatabaseUnavailable) -> None:
        """Record a failure; the outage counts from the first one.

        A full disk stays the cause: there may be room again just after a write has failed, and then
        its error can't be told from that of a damaged disk.
        """
        with self._lock:
            before = self._now
            since = before.since if before else self._clock()
            was_full = before is not None and before.cause is Cause.FULL
            is_unclear = was_full and problem.cause is Cause.DAMAGED
            self._now = DatabaseOutage(Cause.FULL if is_unclear else problem.cause, since)

    def wrote(self, *, is_proof: bool = False) -> None:
        """Record a successful commit, which ends the outage.

        Not if the disk is full, unless `is_proof`: some small writes still succeed then.
        """
        outage = self._now
        if outage is None or (outage.cause is Cause.FULL and not is_proof):
            return
        with self._lock:
            before, now = self._now, self._clock()
            self._now = None
            if before is not None and _is_news(before, now):
                self._ended.append(DatabaseOutage(before.cause, before.since, now))

    def record_past(self, outage: DatabaseOutage) -> None:
        """Record an outage from before this process could use the database, which is over."""
        with self._lock:
            self._ended.append(outage)

    def ended(self) -> tuple[DatabaseOutage, ...]:
        """Return the outages that have ended and have not been reported yet."""
        with self._lock:
            return tuple(self._ended)

    def mark_reported(self, reported: tuple[DatabaseOutage, ...]) -> None:
        """Mark these outages as reported."""
        with self._lock:
            self._ended = [outage for outage in self._ended if outage not in reported]


def _is_news(outage: DatabaseOutage, now: Utc) -> bool:
    return outage.cause is not Cause.LOCKED or (now - outage.since).total_seconds() >= MOMENT_S

"""Counters of refused, dropped and handled messages, by cause."""

import threading
from collections import Counter


class Counters:
    """Counters that any thread may increment, for `/metrics` and for reports to people."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, cause: str, number: int = 1) -> None:
        """Increase the count of a cause."""
        with self._lock:
            self._counts[cause] += number

    def snapshot(self) -> dict[str, int]:
        """Return all counts since the start, by cause."""
        with self._lock:
            return dict(self._counts)

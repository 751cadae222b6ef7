"""Counters of refused, dropped and handled messages, by cause."""

import threading
from collections import Counter


class Counters:
    """Counters that any thread may raise, for `/metrics` and for what is reported to people."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, cause: str, number: int = 1) -> None:
        """Count one more, or number more, of a cause."""
        with self._lock:
            self._counts[cause] += number

    def snapshot(self) -> dict[str, int]:
        """All counts since the start, by cause."""
        with self._lock:
            return dict(self._counts)

"""Whose turn it is to write to SQLite, of the threads of one process: first come, first served.

SQLite has no queue: who finds it locked looks again ten times a second, and while a hub stores a
backlog of events hardly ever finds it free.
"""

import threading
import time
from collections import deque

from controller.store.unavailable import Cause, DatabaseUnavailable


class Turn:
    """The right to write, until it is released; releasing it again does nothing."""

    def __init__(self, owner: "Turns") -> None:
        self._owner = owner
        self._is_over = False

    def release(self) -> None:
        """Let the next one write."""
        self._owner.release(self)

    def end(self) -> bool:
        """Whether it was held until now; for its owner, under its lock."""
        was_held, self._is_over = not self._is_over, True
        return was_held


class Turns:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def take(self, wait_s: float) -> tuple[Turn, float]:
        """Wait for it; it, and how many seconds are left. Raises DatabaseUnavailable: too long."""
        began_s = time.monotonic()
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return Turn(self), wait_s
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait(wait_s)
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
                raise DatabaseUnavailable(Cause.LOCKED)
        return Turn(self), max(0.0, began_s + wait_s - time.monotonic())

    def release(self, turn: Turn) -> None:
        """Hand it on."""
        with self._lock:
            if not turn.end():
                return
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False

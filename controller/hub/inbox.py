"""A bounded queue between the link's thread and a thread that works in groups."""

import threading
import time
from collections import deque

from controller.wire.link_port import Incoming


class Inbox:
    """Messages that wait for a worker, at most so many and so many bytes.

    What doesn't fit is refused, which loses nothing: an agent offers again whatever was not
    acknowledged. So a database that is down costs a fixed amount of memory, however long.
    """

    def __init__(self, max_messages: int = 20_000, max_bytes: int = 64 << 20) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._waiting: deque[Incoming] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()

    def offer(self, message: Incoming) -> bool:
        """Add a message without ever waiting; False when there is no room."""
        with self._changed:
            full = (
                len(self._waiting) >= self._max_messages
                or self._bytes + len(message.payload) > self._max_bytes
            )
            if full or self._closed:
                return False
            self._waiting.append(message)
            self._bytes += len(message.payload)
            self._changed.notify()
            return True

    def take(self, *, wait_s: float, gather_s: float, limit: int) -> list[Incoming]:
        """Wait for a message, then for what comes within gather_s seconds more, up to limit.

        Empty after wait_s seconds with nothing, or once closed and empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout=wait_s)
            if not self._waiting:
                return []
            deadline = time.monotonic() + gather_s
            while len(self._waiting) < limit and not self._closed:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
            taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
            self._bytes -= sum(len(message.payload) for message in taken)
            return taken

    def close(self) -> None:
        """Refuse what comes from now on, and wake who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting)

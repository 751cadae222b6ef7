"""A bounded queue between the link's thread and a worker thread, fair to all senders."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from controller.wire.link_port import IncomingMessage


@dataclass(frozen=True, slots=True)
class InboxLimits:
    """Limits of the inbox, in total and per sender."""

    messages: int = 20_000
    bytes: int = 64 << 20
    each_messages: int = 16
    """Four times what an agent may send unacknowledged, since it repeats messages."""
    each_bytes: int = 2 << 20
    each_turn: int = 4
    """How many messages of one sender are handled in one group."""


class Inbox:
    """Messages that wait for a worker: one queue per sender, served in turn.

    A message that doesn't fit is refused, and none is lost, because agents send again what was not
    acknowledged. So a database outage of any length costs a fixed amount of memory, and an agent
    that floods fills only its own queue.
    """

    def __init__(
        self,
        limits: InboxLimits = InboxLimits(),
        is_patient: Callable[[IncomingMessage], bool] = lambda _message: False,
    ) -> None:
        """`is_patient` returns whether a message may wait, because nobody waits for its result."""
        self._limits, self._is_patient = limits, is_patient
        self._waiting: dict[str, deque[IncomingMessage]] = {}
        """Messages by sender; the sender whose turn is next comes first."""
        self._sizes: dict[str, int] = {}
        self._count = self._bytes = self._impatient = 0
        self._closed = False
        self._changed = threading.Condition()

    def offer(self, sender: str, message: IncomingMessage) -> bool:
        """Add a message without blocking; return False if there is no room."""
        with self._changed:
            if self._closed or not self._has_room(sender, len(message.payload)):
                return False
            self._waiting.setdefault(sender, deque()).append(message)
            self._add(sender, 1, message)
            self._changed.notify()
            return True

    def take(
        self,
        *,
        wait_s: float,
        gather_s: float,
        limit: int,
        most_bytes: int = 1 << 30,
        enough: int | None = None,
        enough_bytes: int = 1 << 30,
        patient_s: float = 0.0,
    ) -> list[IncomingMessage]:
        """Wait for a message, then `gather_s` seconds for more, and return them.

        If all waiting messages are patient, it gathers for `patient_s` instead. It stops early at
        `enough` messages (None: `limit`) or `enough_bytes`.

        Returns at most `limit` messages and about `most_bytes`, one of each sender in turn, up to
        `each_turn` of each. Empty if none came within `wait_s` seconds, or once closed and empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._count or self._closed, timeout=wait_s)
            if not self._count:
                return []
            began = time.monotonic()
            while (
                self._count < (enough or limit) and self._bytes < enough_bytes and not self._closed
            ):
                gathers = gather_s if self._impatient else max(gather_s, patient_s)
                left_s = began + gathers - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    break
            return self._group(limit, most_bytes)

    def close(self) -> None:
        """Refuse further messages, and wake the waiting thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        with self._changed:
            return self._count

    def _has_room(self, sender: str, size: int) -> bool:
        limits, queue = self._limits, self._waiting.get(sender, ())
        return (
            self._count < limits.messages
            and self._bytes + size <= limits.bytes
            and len(queue) < limits.each_messages
            and self._sizes.get(sender, 0) + size <= limits.each_bytes
        )

    def _group(self, limit: int, most_bytes: int) -> list[IncomingMessage]:
        group: list[IncomingMessage] = []
        turns, size = Counter[str](), 0
        while self._waiting and len(group) < limit and size < most_bytes:
            sender = next(iter(self._waiting))
            if turns[sender] >= self._limits.each_turn:
                break  # all others have had as many turns
            turns[sender] += 1
            group.append(self._pop_first(sender))
            size += len(group[-1].payload)
        return group

    def _pop_first(self, sender: str) -> IncomingMessage:
        """Remove and return the sender's first message; its next turn comes last."""
        queue = self._waiting.pop(sender)
        message = queue.popleft()
        self._add(sender, -1, message)
        if queue:
            self._waiting[sender] = queue
        else:
            del self._sizes[sender]
        return message

    def _add(self, sender: str, messages: int, message: IncomingMessage) -> None:
        size = messages * len(message.payload)
        self._count += messages
        self._impatient += 0 if self._is_patient(message) else messages
        self._bytes += size
        self._sizes[sender] = self._sizes.get(sender, 0) + size

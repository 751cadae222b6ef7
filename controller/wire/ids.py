"""UUIDv7 (RFC 9562): ids that sort by creation time."""

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7(now_ms: int | None = None) -> str:
    """Return a new UUIDv7 in lower case, greater than all that this process has made.

    `now_ms`: Unix time in milliseconds; by default this computer's. Within one millisecond, and if
    the clock goes back, the 12 bits of rand_a count up (RFC 9562, 6.2, method 1), with carry into
    the time.
    """
    global _last
    wall = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    random = int.from_bytes(os.urandom(10), "big")
    with _lock:
        _last = max(_last + 1, wall << 12 | random & 0x7FF)
        head = _last
    return uuid7_of(head, random)


def uuid7_of(head: int, random: int) -> str:
    """Return the UUIDv7 of `head` (see `head_of`) and 80 random bits."""
    high = (head >> 12) << 16 | 0x7000 | head & 0xFFF
    low = 0b10 << 62 | random >> 18
    return str(uuid.UUID(int=high << 64 | low))


def head_of(key: str) -> int:
    """Return a UUIDv7's Unix milliseconds with the 12 bits of rand_a."""
    high = uuid.UUID(key).int >> 64
    return high >> 16 << 12 | high & 0xFFF

"""UUIDv7 (RFC 9562): ids that sort by the time at which they were made."""

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7(now_ms: int | None = None) -> str:
    """A new UUIDv7 in lower case, above every one that this process made before.

    `now_ms`: Unix time in milliseconds; by default this computer's. Within a millisecond, and
    while the clock stands behind, the 12 bits of rand_a count up (RFC 9562, 6.2, method 1), and
    carry into the time.
    """
    global _last
    wall = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    random = int.from_bytes(os.urandom(10), "big")
    with _lock:
        _last = max(_last + 1, wall << 12 | random & 0x7FF)
        head = _last
    return uuid7_of(head, random)


def uuid7_of(head: int, random: int) -> str:
    """The UUIDv7 of Unix milliseconds and the 12 bits of rand_a, and of 80 bits of chance."""
    high = (head >> 12) << 16 | 0x7000 | head & 0xFFF
    low = 0b10 << 62 | random >> 18
    return str(uuid.UUID(int=high << 64 | low))


def head_of(key: str) -> int:
    """The milliseconds and the 12 bits of rand_a of a UUIDv7, as `uuid7_of` takes them."""
    high = uuid.UUID(key).int >> 64
    return high >> 16 << 12 | high & 0xFFF

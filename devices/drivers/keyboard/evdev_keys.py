"""Key events of Linux input devices, by key code: the keyboard's layout does not matter.

Numbers from the kernel's `linux/input-event-codes.h`, the event from `linux/input.h`.
"""

import struct
from collections.abc import Iterator

EVENT = struct.Struct("llHHi")
"""Seconds, microseconds, type, code, value; 24 bytes on a 64-bit system."""
EV_SYN, EV_KEY, SYN_DROPPED = 0, 1, 3
PRESSED = 1
EVIOCGRAB = 0x40044590
OTHER = "?"
"""Stands for a key that no badge's number has, so that it spoils the line."""
_ROWS = {
    2: "1234567890-",
    16: "QWERTYUIOP",
    30: "ASDFGHJKL:",
    44: "ZXCVBNM,./",
    57: " ",
    71: "789-456+1230.",
}
CHARACTERS = {
    **{first + n: character for first, row in _ROWS.items() for n, character in enumerate(row)},
    28: "\n",
    96: "\n",
}
"""Of a reader that types on a US keyboard; the semicolon's key is a colon there, with shift."""
SHIFTS = frozenset((42, 54))


class KeyDecoder:
    """Characters of a stream of events, fed in pieces of any size."""

    def __init__(self) -> None:
        self._half = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Each key pressed; not held, not let go. Events that the kernel dropped spoil the line."""
        data = self._half + data
        whole = len(data) - len(data) % EVENT.size
        self._half = data[whole:]
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == EV_SYN and code == SYN_DROPPED:
                yield OTHER
            elif kind == EV_KEY and value == PRESSED and code not in SHIFTS:
                yield CHARACTERS.get(code, OTHER)

"""Length-prefixed messages between a process and its PDF worker."""

import struct
from typing import IO

_LENGTH = struct.Struct(">I")
MOST = 64 * 1024 * 1024
MADE, FAILED = b"+", b"-"
"""First byte of an answer; the PDF or the error follows."""


def frame(message: bytes) -> bytes:
    """The message as it is sent."""
    return _LENGTH.pack(len(message)) + message


def read(stream: IO[bytes]) -> bytes | None:
    """The next message; None: the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = stream.read(length) if length <= MOST else b""
    return message if len(message) == length else None

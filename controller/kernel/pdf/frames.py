"""Length-prefixed messages between a process and its PDF worker."""

import struct
from typing import IO

_LENGTH = struct.Struct(">I")
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Longer messages are refused."""
MADE, FAILED = b"+", b"-"
"""First byte of a response; the PDF or the error message follows."""


def frame(message: bytes) -> bytes:
    """Return the message with its length in front."""
    return _LENGTH.pack(len(message)) + message


def read(stream: IO[bytes]) -> bytes | None:
    """Read the next message; None: the other side has closed the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = stream.read(length) if length <= MAX_MESSAGE_BYTES else b""
    return message if len(message) == length else None

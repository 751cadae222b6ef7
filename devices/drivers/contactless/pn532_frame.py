"""Frames between a host and a PN532 (NXP UM0701-02, 6.2.1)."""

from collections.abc import Callable
from enum import Enum, auto

TO_CHIP, FROM_CHIP = 0xD4, 0xD5
ACK, NACK = b"\x00\x00\xff\x00\xff\x00", b"\x00\x00\xff\xff\x00\x00"
WAKE_UP = b"\x55\x55" + bytes(14)
LONGEST_NORMAL = 255
LONGEST = 265
"""Bytes of an extended frame, its identifier included."""


class BadFrame(Exception):
    """Bytes that are no frame."""


class Mark(Enum):
    """Frames without data."""

    ACK = auto()
    NACK = auto()


def encode(data: bytes) -> bytes:
    """The frame of a command's code and parameters; an extended one when it must be."""
    body = bytes((TO_CHIP,)) + data
    size = len(body)
    if size <= LONGEST_NORMAL:
        head = bytes((size, -size & 0xFF))
    else:
        head = b"\xff\xff" + size.to_bytes(2, "big") + bytes((-(size >> 8) - size & 0xFF,))
    return b"\x00\x00\xff" + head + body + bytes((-sum(body) & 0xFF, 0))


def decode(read: Callable[[int], bytes]) -> bytes | Mark:
    """The next frame's data without its identifier; `read(n)` gives n bytes or raises.

    Raises BadFrame: a wrong check, an error frame, not the chip's identifier.
    """
    _seek_start(read)
    size, check = read(2)
    if (size, check) == (0x00, 0xFF):
        return Mark.ACK
    if (size, check) == (0xFF, 0x00):
        return Mark.NACK
    if (size, check) == (0xFF, 0xFF):
        high, low, check = read(3)
        size, check = high << 8 | low, check + high
    if (size + check) & 0xFF or not 0 < size <= LONGEST:
        raise BadFrame(f"a frame whose length {size} is not what its check says")
    body = read(size)
    if (sum(body) + read(1)[0]) & 0xFF:
        raise BadFrame(f"a frame whose check is wrong: {body.hex()}")
    if body[0] != FROM_CHIP:
        raise BadFrame(f"a frame that is no answer: {body.hex()}")
    return body[1:]


def _seek_start(read: Callable[[int], bytes]) -> None:
    """Whatever comes before 00 FF is no frame."""
    before = -1
    while (now := read(1)[0]) != 0xFF or before != 0x00:
        before = now

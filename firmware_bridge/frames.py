"""Frames of the serial line: header and body, CRC-32, COBS, a zero byte at the end. No I/O here.

The specification is `firmware/protocol.h`. CRC-32 is IEEE 802.3's; COBS is Cheshire and Baker's
(IEEE/ACM Transactions on Networking 7.2, 1999).
"""

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum

VERSION = 1
"""Version of the protocol."""
BAUD = 115200
HEADER = struct.Struct("<BBII")
"""Version, type, sequence number, nonce."""
CRC = struct.Struct("<I")
FRAME_MIN = HEADER.size + CRC.size
BODY_MAX = 72
"""Largest size of a body in bytes."""
ENCODED_MAX = FRAME_MIN + BODY_MAX + 1
DELIMITER = b"\0"


class FrameError(StrEnum):
    """Why bytes are not a valid frame."""

    OVERLONG = "overlong"
    COBS = "cobs"
    SHORT = "short"
    CRC = "crc"


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes between two delimiters that are not a valid frame."""

    kind: FrameError


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with a valid checksum; its version, type and body are not checked yet."""

    type: int
    seq: int
    nonce: int
    body: bytes = b""
    version: int = VERSION


def encode(frame: Frame) -> bytes:
    """Return a frame's bytes on the line, with the delimiter. Raises ValueError if the body is too
    long.

    `seq` and `nonce` are unsigned 32-bit numbers.
    """
    from cobs import cobs

    if len(frame.body) > BODY_MAX:
        raise ValueError(f"a body of {len(frame.body)} bytes; at most {BODY_MAX}")
    bare = HEADER.pack(frame.version, frame.type, frame.seq, frame.nonce) + frame.body
    encoded: bytes = cobs.encode(bare + CRC.pack(zlib.crc32(bare)))
    return encoded + DELIMITER


def decode(encoded: bytes) -> Frame | BadFrame:
    """Decode the bytes between two delimiters, with protocol.h's order of checks. Never raises."""
    from cobs import cobs

    if len(encoded) > ENCODED_MAX:
        return BadFrame(FrameError.OVERLONG)
    try:
        plain: bytes = cobs.decode(encoded)
    except cobs.DecodeError:
        return BadFrame(FrameError.COBS)
    if len(plain) < FRAME_MIN:
        return BadFrame(FrameError.SHORT)
    bare, crc = plain[: -CRC.size], plain[-CRC.size :]
    if zlib.crc32(bare) != CRC.unpack(crc)[0]:
        return BadFrame(FrameError.CRC)
    version, kind, seq, nonce = HEADER.unpack_from(bare)
    return Frame(kind, seq, nonce, bare[HEADER.size :], version)


class Decoder:
    """Extracts frames from a stream of bytes, however it is split."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Return the frames that these bytes complete, valid and invalid, in their order.

        Never raises.
        """
        *whole, rest = (self._pending + data).split(DELIMITER)
        self._pending = rest[: ENCODED_MAX + 1]  # enough to detect that it is too long
        return [decode(encoded) for encoded in whole if encoded]

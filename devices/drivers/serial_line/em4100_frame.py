"""Decodes frames of serial badge readers such as the RDM6300 and ID-12, byte by byte."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor

from controller.domain.ids import CredentialId

STX, ETX = 0x02, 0x03
"""Start and end of a frame."""
MAX_BODY_BYTES = 24
"""Characters between STX and ETX: ten bytes and a checksum in hex, CR and LF."""
_BODY = re.compile(rb"((?:[0-9A-F]{2})+)([0-9A-F]{2})(?:\r\n)?")


class FrameKind(StrEnum):
    """The kind of card by its length: `em` is EM4100 with 5 bytes; `uid` is ISO 14443 with 4, 7 or
    10."""

    EM = "em"
    UID = "uid"


_KIND_OF_LENGTH = {5: FrameKind.EM, 4: FrameKind.UID, 7: FrameKind.UID, 10: FrameKind.UID}


@dataclass(frozen=True, slots=True)
class MalformedFrame:
    """Bytes that are not a valid frame, and why."""

    detail: str


def decode_body(body: bytes, reads: frozenset[FrameKind]) -> CredentialId | MalformedFrame:
    """Decode what is between STX and ETX: the bytes in hex, their XOR in hex, and CR LF or
    nothing."""
    match = _BODY.fullmatch(body)
    if not match:
        return MalformedFrame(f"not hex digits and a checksum: {body!r}")
    data, checksum = bytes.fromhex(match[1].decode()), int(match[2], 16)
    if reduce(xor, data) != checksum:
        return MalformedFrame(f"checksum {checksum:02X} does not match {match[1].decode()}")
    kind = _KIND_OF_LENGTH.get(len(data))
    if kind is None or kind not in reads:
        return MalformedFrame(f"{len(data)} bytes: not a kind of card that this reader reads")
    if kind is FrameKind.UID:
        return CredentialId(f"uid:{data.hex().upper()}")
    number = data[1:]  # without the customer's code, which is not printed on the card
    return CredentialId(f"em:{int.from_bytes(number, 'big'):010d}")


class FrameDecoder:
    """Finds frames in a stream of bytes. Noise only destroys the frames that it hits."""

    def __init__(self, reads: frozenset[FrameKind]) -> None:
        self._reads = reads
        self._body: bytearray | None = None
        self._noise_reported = False

    def reset(self) -> None:
        """Discard an incomplete frame."""
        self._body, self._noise_reported = None, False

    def feed(self, data: bytes) -> Iterator[CredentialId | MalformedFrame]:
        """Take bytes; yield the id of each complete frame, and each invalid stretch once."""
        for byte in data:
            if byte == STX:
                if self._body is not None:
                    yield MalformedFrame("a frame began inside a frame")
                self._body, self._noise_reported = bytearray(), False
            elif self._body is None:
                if not self._noise_reported:
                    self._noise_reported = True
                    yield MalformedFrame("bytes outside a frame")
            elif byte == ETX:
                yield decode_body(bytes(self._body), self._reads)
                self._body = None
            else:
                self._body.append(byte)
                if len(self._body) > MAX_BODY_BYTES:
                    self.reset()
                    self._noise_reported = True
                    yield MalformedFrame("a frame without end")

"""Frames of ISO/IEC 14443-3 type A: CRC_A, replies, and the errors of an exchange."""

from dataclasses import dataclass
from typing import Protocol


class CardError(Exception):
    """Raised if an exchange with a card failed; the message is one line."""


class NoAnswer(CardError):
    """Raised if no card answered in time."""


class GarbledFrame(CardError):
    """Raised if something received is not a valid frame, or not the expected one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A received frame. A collision is the first bit in which two cards differed."""

    data: bytes
    """Least significant bit first; the first byte starts at the requested bit."""
    last_bits: int = 0
    """How many bits of the last byte count; 0: all."""
    collision: int | None = None
    """The collision's position in the chip's count, from 1; None: there was none."""


class Channel(Protocol):
    """Exchanges frames with cards in the field."""

    def exchange(
        self, frame: bytes, timeout_s: float, *, last_bits: int = 0, align: int = 0
    ) -> Reply:
        """Send a frame, of whose last byte `last_bits` count (0: all), and return the reply.

        `timeout_s` runs from the end of the frame to the start of the reply. The reply's first bit
        is stored at bit `align` of its first byte. Raises NoAnswer, GarbledFrame, OSError.
        """

    def wait(self, seconds: float) -> None:
        """Send nothing for that time."""


def crc_a(data: bytes) -> bytes:
    """Return the checksum CRC_A (ISO/IEC 14443-3, annex B), in the order in which it is sent."""
    crc = 0x6363
    for byte in data:
        byte ^= crc & 0xFF
        byte ^= (byte << 4) & 0xFF
        crc = (crc >> 8) ^ (byte << 8) ^ (byte << 3) ^ (byte >> 4)
    return crc.to_bytes(2, "little")


def with_crc(data: bytes) -> bytes:
    """Return the data followed by their CRC_A."""
    return data + crc_a(data)


def strip_check(reply: Reply) -> bytes:
    """Return the reply's data without the checksum, at least one byte. Raises GarbledFrame."""
    body, check = reply.data[:-2], reply.data[-2:]
    if reply.collision is not None or reply.last_bits or not body or crc_a(body) != check:
        raise GarbledFrame(f"a frame with a wrong checksum: {reply.data.hex()}")
    return body

"""Frames of ISO/IEC 14443-3 type A: CRC_A, what an exchange gives, and how it can fail."""

from dataclasses import dataclass
from typing import Protocol


class CardError(Exception):
    """An exchange with a card failed: one line."""


class NoAnswer(CardError):
    """No card answered in time."""


class GarbledFrame(CardError):
    """Something was received that is no valid frame, or not the one that was due."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was received. A collision is where two cards first sent different bits."""

    data: bytes
    """Least significant bit first; the first byte begins at the bit that was asked for."""
    last_bits: int = 0
    """Bits of the last byte that count; 0: all."""
    collision: int | None = None
    """The collision's position as the chip counts it, from 1; None: there was none."""


class Channel(Protocol):
    """Sends one frame to the field and receives one."""

    def exchange(
        self, frame: bytes, timeout_s: float, *, last_bits: int = 0, align: int = 0
    ) -> Reply:
        """Send a frame, of whose last byte `last_bits` count (0: all), and receive the answer.

        `timeout_s` runs from the end of the frame to the beginning of the answer. The answer's
        first bit is stored at bit `align` of its first byte. Raises NoAnswer, Garbled, OSError.
        """

    def wait(self, seconds: float) -> None:
        """Leave the field alone for that time."""


def crc_a(data: bytes) -> bytes:
    """The check of ISO/IEC 14443-3, annex B, in the order in which it is sent."""
    crc = 0x6363
    for byte in data:
        byte ^= crc & 0xFF
        byte ^= (byte << 4) & 0xFF
        crc = (crc >> 8) ^ (byte << 8) ^ (byte << 3) ^ (byte >> 4)
    return crc.to_bytes(2, "little")


def with_crc(data: bytes) -> bytes:
    """The data and its check."""
    return data + crc_a(data)


def strip_check(reply: Reply) -> bytes:
    """The answer's data without its check, at least one byte. Raises Garbled."""
    body, check = reply.data[:-2], reply.data[-2:]
    if reply.collision is not None or reply.last_bits or not body or crc_a(body) != check:
        raise GarbledFrame(f"a frame whose check is wrong: {reply.data.hex()}")
    return body

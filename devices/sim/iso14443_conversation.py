"""The card's side of ISO/IEC 14443-4: blocks, chaining, time extension, repetition (7.5.4)."""

from dataclasses import dataclass
from typing import Protocol

SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)
"""Longest frame in bytes, by its code (FSCI or FSDI)."""
CHAINING, NUMBER, NAK = 0x10, 0x01, 0x10
"""Bits of a block's first byte; the same bit is CHAINING in an I-block, NAK in an R-block."""
I_BLOCK, R_ACK, DESELECT, WTX = 0x02, 0xA2, 0xC2, 0xF2
CHECK = 2
"""Bytes of a checksum."""


class Application(Protocol):
    """Answers APDUs."""

    def answer(self, apdu: bytes) -> bytes:
        """Return the whole response."""


class Blank:
    """The application of a blank card, which knows no instruction."""

    def answer(self, apdu: bytes) -> bytes:
        """Return 6D00, the status for an unknown instruction (ISO/IEC 7816-4)."""
        return b"\x6d\x00"


@dataclass(frozen=True, slots=True)
class ProtocolParameters:
    """Parameters of a card's protocol, most of which its ATS contains."""

    size_code: int = 5
    """FSCI: the longest frame that the card accepts; 5: 64 bytes."""
    wait_code: int = 7
    """FWI: the longest time until it answers; 7: 39 ms."""
    extensions: int = 0
    """How often it asks for more time before each response."""


class Conversation:
    """The conversation from RATS to DESELECT; `hear` takes and returns blocks without their
    checksum."""

    def __init__(
        self, application: Application, parameters: ProtocolParameters, reader_size_code: int
    ) -> None:
        self.ats = bytes((5, 0x70 | parameters.size_code, 0x80, parameters.wait_code << 4, 0x02))
        self.over = False
        self._application, self._parameters = application, parameters
        self._part_size = SIZES[min(reader_size_code, 8)] - 1 - CHECK
        self._number = 1
        self._received = self._to_say = b""
        self._extensions_left = 0
        self._last_sent: bytes | None = None

    def hear(self, block: bytes) -> bytes | None:
        """Handle a block with a valid checksum; return what the card sends, or None."""
        kind, number = block[0] & ~(CHAINING | NUMBER), block[0] & NUMBER
        if len(block) + CHECK > SIZES[min(self._parameters.size_code, 8)]:
            return None
        if kind == I_BLOCK:
            return self._hear_information(block)
        if kind == R_ACK:
            return self._hear_ready(number, bool(block[0] & NAK))
        if block[0] == WTX and len(block) == 2:
            return self._next_part()
        if block[0] == DESELECT:
            self.over = True
            return block
        return None

    def _hear_information(self, block: bytes) -> bytes:
        """Rules D and 10: the block number changes with each information block."""
        self._number ^= 1
        self._received += block[1:]
        if block[0] & CHAINING:
            return self._send(bytes((R_ACK | self._number,)))
        self._to_say, self._received = self._application.answer(self._received), b""
        self._extensions_left = self._parameters.extensions
        return self._next_part()

    def _hear_ready(self, number: int, nak: bool) -> bytes | None:
        """Rules 11 to 13 and E: repeat, acknowledge again, or continue."""
        if number == self._number:
            return self._last_sent
        if nak:
            return bytes((R_ACK | self._number,))
        self._number ^= 1
        return self._next_part()

    def _next_part(self) -> bytes:
        """Return the next part of the response, or a request for more time."""
        if self._extensions_left:
            self._extensions_left -= 1
            return self._send(bytes((WTX, 2)))
        part, self._to_say = self._to_say[: self._part_size], self._to_say[self._part_size :]
        chaining = CHAINING if self._to_say else 0
        return self._send(bytes((I_BLOCK | chaining | self._number,)) + part)

    def _send(self, block: bytes) -> bytes:
        self._last_sent = block
        return block

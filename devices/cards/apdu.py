"""Commands to a card: its native ones, wrapped as in AN12196, and those of ISO/IEC 7816-4."""

from typing import Protocol

OK, MORE = 0x9100, 0x91AF
"""Status words of native commands: success, and more data follows."""
ISO_OK = 0x9000
"""Status word of a successful ISO command."""


class CardChannel(Protocol):
    """Exchanges APDUs with one card."""

    def apdu(self, command: bytes) -> bytes:
        """Send a command APDU of any length, and return the whole response.

        Raises CardError if the card is gone or its response is invalid, OSError if the reader
        fails.
        """


class CardRefused(Exception):
    """Raised if the card's response has another status than expected; the message is one line."""

    def __init__(self, what: str, status: int) -> None:
        super().__init__(f"{what}: the card answers {status:04X}")
        self.status = status


def native(card: CardChannel, code: int, data: bytes = b"", expected: int = OK) -> bytes:
    """Send one of the card's native commands, and return the data. Raises CardRefused."""
    body = bytes((len(data),)) + data if data else b""
    return _exchange(
        card, bytes((0x90, code, 0, 0)) + body + b"\x00", f"command {code:02X}", expected
    )


def iso(card: CardChannel, head: bytes, data: bytes = b"", answer: int | None = None) -> bytes:
    """Send CLA INS P1 P2 with data, and return the response's data.

    `answer` is the expected length of the response; None: none is asked for. Raises CardRefused.
    """
    body = bytes((len(data),)) + data if data else b""
    expected_length = b"" if answer is None else bytes((answer,))
    return _exchange(card, head + body + expected_length, f"command {head[1]:02X}", ISO_OK)


def _exchange(card: CardChannel, command: bytes, what: str, expected: int) -> bytes:
    answer = card.apdu(command)
    status = int.from_bytes(answer[-2:], "big") if len(answer) >= 2 else 0
    if status != expected:
        raise CardRefused(what, status)
    return answer[:-2]

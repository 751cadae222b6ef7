"""Commands to a card: its own, wrapped as AN12196 shows, and those of ISO/IEC 7816-4."""

from typing import Protocol

OK, MORE = 0x9100, 0x91AF
ISO_OK = 0x9000


class Transceiver(Protocol):
    """Speaks to the application of one card."""

    def apdu(self, command: bytes) -> bytes:
        """Send a command APDU, whatever its length, and return the whole answer.

        Raises CardError when the card is gone or can't be understood, OSError when the reader is.
        """


class CardRefused(Exception):
    """The card answered, and not with what was asked: one line."""

    def __init__(self, what: str, status: int) -> None:
        super().__init__(f"{what}: the card answers {status:04X}")
        self.status = status


def native(card: Transceiver, code: int, data: bytes = b"", due: int = OK) -> bytes:
    """One of the card's own commands. Raises CardRefused."""
    body = bytes((len(data),)) + data if data else b""
    return _taken(card, bytes((0x90, code, 0, 0)) + body + b"\x00", f"command {code:02X}", due)


def iso(card: Transceiver, head: bytes, data: bytes = b"", answer: int | None = None) -> bytes:
    """CLA INS P1 P2 and data; `answer` is how long one is asked for. Raises CardRefused."""
    body = bytes((len(data),)) + data if data else b""
    wanted = b"" if answer is None else bytes((answer,))
    return _taken(card, head + body + wanted, f"command {head[1]:02X}", ISO_OK)


def _taken(card: Transceiver, command: bytes, what: str, due: int) -> bytes:
    answer = card.apdu(command)
    status = int.from_bytes(answer[-2:], "big") if len(answer) >= 2 else 0
    if status != due:
        raise CardRefused(what, status)
    return answer[:-2]

"""Commands to a PN532 over a serial line: acknowledged, checked, asked again when spoilt."""

import time
from typing import Protocol

from devices.drivers.contactless.pn532_frame import (
    ACK,
    NACK,
    WAKE_UP,
    BadFrame,
    Mark,
    decode,
    encode,
)

ACK_S = 0.1
"""The chip acknowledges within 15 ms (UM0701-02, 6.2.2)."""
ANSWER_S = 1.0
TRIES = 3
SILENT_S = TRIES * (ACK_S + ANSWER_S)
"""A chip that is gone is asked again as often, even if it went in the middle of a word."""


class Port(Protocol):
    """pyserial's Serial, as far as it is used."""

    timeout: float | None

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes, fewer after the timeout."""

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""

    def reset_input_buffer(self) -> None:
        """Forget what came."""


class Pn532Silent(OSError):
    """The chip does not answer."""


class Pn532Link:
    """One command at a time; not for several threads."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._end_s = 0.0

    def wake_up(self) -> None:
        """End whatever the chip was doing, and its sleep."""
        self._port.write(WAKE_UP + ACK)

    def command(self, code: int, parameters: bytes = b"", timeout_s: float = ANSWER_S) -> bytes:
        """Send a command and return its answer's data. Raises Pn532Silent, OSError."""
        why = "no answer"
        for _ in range(TRIES):
            self._forget()
            self._port.write(encode(bytes((code,)) + parameters))
            try:
                if self._next(ACK_S) is Mark.ACK:
                    return self._answer(code, timeout_s)
            except (BadFrame, TimeoutError) as error:
                why = str(error)
        raise Pn532Silent(f"the PN532 does not answer command {code:02X}: {why}")

    def _answer(self, code: int, timeout_s: float) -> bytes:
        """The answer; one that arrived spoilt is asked for again. Raises BadFrame, TimeoutError."""
        for _ in range(TRIES):
            try:
                got = self._next(timeout_s)
            except BadFrame:
                self._forget()
                self._port.write(NACK)
                continue
            if isinstance(got, bytes) and got[:1] == bytes((code + 1,)):
                return got[1:]
        raise BadFrame("only spoilt answers came")

    def _forget(self) -> None:
        """Nothing that came before counts."""
        import termios

        try:
            self._port.reset_input_buffer()
        except termios.error as error:
            raise OSError(f"the line is gone: {error}") from error

    def _next(self, timeout_s: float) -> bytes | Mark:
        self._end_s = time.monotonic() + timeout_s
        return decode(self._read)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            left_s = self._end_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("nothing came in time")
            self._port.timeout = left_s
            data += self._port.read(size - len(data))
        return data

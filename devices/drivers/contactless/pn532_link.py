"""Frames and commands for a PN532 on a serial line, with ACKs, checksums and retries."""

import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

# Frames between a host and a PN532 (NXP UM0701-02, 6.2.1).

TO_CHIP, FROM_CHIP = 0xD4, 0xD5
ACK, NACK = b"\x00\x00\xff\x00\xff\x00", b"\x00\x00\xff\xff\x00\x00"
WAKE_UP = b"\x55\x55" + bytes(14)
LONGEST_NORMAL = 255
MAX_FRAME_BYTES = 265
"""Bytes of an extended frame, with its identifier."""


class BadFrame(Exception):
    """Raised for bytes that are not a valid frame, or not an answer of the chip."""


class ControlFrame(Enum):
    """Frames without data."""

    ACK = auto()
    NACK = auto()


def encode(data: bytes) -> bytes:
    """Return the frame for a command's code and parameters; an extended frame if it is long."""
    body = bytes((TO_CHIP,)) + data
    size = len(body)
    if size <= LONGEST_NORMAL:
        head = bytes((size, -size & 0xFF))
    else:
        head = b"\xff\xff" + size.to_bytes(2, "big") + bytes((-(size >> 8) - size & 0xFF,))
    return b"\x00\x00\xff" + head + body + bytes((-sum(body) & 0xFF, 0))


def decode(read: Callable[[int], bytes]) -> bytes | ControlFrame:
    """Read the next frame, and return its data without the identifier; `read(n)` returns n bytes.

    Raises BadFrame for a wrong checksum or length, an error frame, or another identifier.
    """
    _seek_start(read)
    size, check = read(2)
    if (size, check) == (0x00, 0xFF):
        return ControlFrame.ACK
    if (size, check) == (0xFF, 0x00):
        return ControlFrame.NACK
    if (size, check) == (0xFF, 0xFF):
        high, low, check = read(3)
        size, check = high << 8 | low, check + high
    if (size + check) & 0xFF or not 0 < size <= MAX_FRAME_BYTES:
        raise BadFrame(f"a frame with length {size}, which does not match its checksum")
    body = read(size)
    if (sum(body) + read(1)[0]) & 0xFF:
        raise BadFrame(f"a frame with a wrong checksum: {body.hex()}")
    if body[0] != FROM_CHIP:
        raise BadFrame(f"a frame that is not an answer: {body.hex()}")
    return body[1:]


def _seek_start(read: Callable[[int], bytes]) -> None:
    """Skip everything up to and including the start code 00 FF."""
    before = -1
    while (now := read(1)[0]) != 0xFF or before != 0x00:
        before = now


ACK_S = 0.1
"""The chip acknowledges within 15 ms (UM0701-02, 6.2.2)."""
ANSWER_S = 1.0
TRIES = 3
SILENT_S = TRIES * (ACK_S + ANSWER_S)
"""How long `command` may take, with its default timeout, to notice a chip that has gone silent,
also in the middle of a frame.

Each try may wait for the ACK and for the answer.
"""


class Port(Protocol):
    """The methods of pyserial's Serial that are used."""

    timeout: float | None

    def read(self, size: int = 1) -> bytes:
        """Read up to `size` bytes, fewer after the timeout."""

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""

    def reset_input_buffer(self) -> None:
        """Discard input that was not read yet."""


class Pn532Silent(OSError):
    """Raised if the chip does not answer."""


class Pn532Link:
    """Sends one command at a time. Not thread-safe."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._end_s = 0.0

    def wake_up(self) -> None:
        """Wake the chip, and abort the command that it was executing."""
        self._port.write(WAKE_UP + ACK)

    def command(self, code: int, parameters: bytes = b"", timeout_s: float = ANSWER_S) -> bytes:
        """Send a command and return its answer's data. Raises Pn532Silent, OSError."""
        why = "no answer"
        for _ in range(TRIES):
            self._forget()
            self._port.write(encode(bytes((code,)) + parameters))
            try:
                if self._next_frame(ACK_S) is ControlFrame.ACK:
                    return self._answer(code, timeout_s)
            except (BadFrame, TimeoutError) as error:
                why = str(error)
        raise Pn532Silent(f"the PN532 does not answer command {code:02X}: {why}")

    def _answer(self, code: int, timeout_s: float) -> bytes:
        """The answer; a corrupt one is requested again. Raises BadFrame, TimeoutError."""
        for _ in range(TRIES):
            try:
                got = self._next_frame(timeout_s)
            except BadFrame:
                self._forget()
                self._port.write(NACK)
                continue
            if isinstance(got, bytes) and got[:1] == bytes((code + 1,)):
                return got[1:]
        raise BadFrame("only corrupt answers arrived")

    def _forget(self) -> None:
        """Discard input that has not been read yet. Raises OSError when the line is gone."""
        import termios

        try:
            self._port.reset_input_buffer()
        except termios.error as error:
            raise OSError(f"the line is gone: {error}") from error

    def _next_frame(self, timeout_s: float) -> bytes | ControlFrame:
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

"""The Pi's side as a process of its own, to be killed: closes relay 0 and renews it.

`python -m tests.firmware.renewer PORT TTL_MS`. Uses nothing but the port, as any other host might.
"""

import os
import select
import struct
import sys
import termios
import tty
import zlib

from cobs import cobs

from tests.firmware.make_vectors import CODES, frame, wire

RENEW_EVERY_S = 0.05
ANSWER_S = 1.0
NAMES = {code: name for name, code in CODES.items()}


class Host:
    """A session on the port: one question at a time."""

    def __init__(self, port: str) -> None:
        self._port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._port, termios.TCSANOW)
        self._rest = b""
        self._nonce = 0
        self._seq = 0

    def ask(self, kind: str, body: bytes = b"") -> str | None:
        """The type of the answer, None if none comes."""
        self._seq += 1
        nonce = 0 if kind == "HELLO" else self._nonce
        os.write(self._port, b"\0" + wire(frame(CODES[kind], self._seq, body, nonce)))
        while plain := self._receive():
            _, code, seq, nonce = struct.unpack_from("<BBII", plain)
            self._nonce = nonce
            if seq == self._seq and code < CODES["BOOT"]:
                return NAMES[code]
        return None

    def _receive(self) -> bytes | None:
        while b"\0" not in self._rest:
            if not select.select([self._port], [], [], ANSWER_S)[0]:
                return None
            data = os.read(self._port, 256)
            if not data:
                raise EOFError("the port is gone")
            self._rest += data
        part, self._rest = self._rest.split(b"\0", 1)
        try:
            plain: bytes = cobs.decode(part)
        except cobs.DecodeError:
            return self._receive()
        whole = len(plain) >= 14 and zlib.crc32(plain[:-4]) == int.from_bytes(plain[-4:], "little")
        return plain if whole else self._receive()


def run(port: str, ttl_ms: int) -> None:
    """Holds relay 0 closed until killed."""
    host = Host(port)
    while host.ask("HELLO") is None:
        pass
    power = struct.pack("<BH", 1, ttl_ms)
    while True:
        if host.ask("RENEW", power) != "STATUS":
            host.ask("SET", power)
        select.select([], [], [], RENEW_EVERY_S)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))

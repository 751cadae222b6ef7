"""A chip select of the simulated bench: SPI transfers over the pins process's socket."""

import socket

import msgspec

ANSWER_S = 2.0


class SpiLink:
    """Carries, after one line, transfers: a length byte and as many bytes, both ways."""

    def __init__(self, path: str, board: str, bus: int, device: int) -> None:
        """Connect. Raises OSError; nothing on that bus is no error, it reads zeros."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        line = {"op": "spi", "board": board, "bus": bus, "device": device}
        try:
            self._socket.connect(path)
            self._socket.sendall(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            self._socket.close()
            raise OSError(f"simulated SPI at {path}: {error.strerror or error}") from error

    def transfer(self, data: bytes) -> bytes:
        """Clock bytes out and in, 255 at most. Raises OSError."""
        try:
            self._socket.sendall(bytes((len(data),)) + data)
            return self._received(len(data))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go; the chip stays as it is."""
        self._socket.close()

    def _received(self, size: int) -> bytes:
        got = b""
        while len(got) <= size:
            more = self._socket.recv(1 + size - len(got))
            if not more:
                raise ConnectionResetError("the simulated bench is gone")
            got += more
        return got[1:]

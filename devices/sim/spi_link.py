"""A simulated SPI chip select: transfers over the socket of the simulated pins' process."""

import socket

import msgspec

ANSWER_S = 2.0
"""How long to wait for the socket's answer, in seconds."""


class SpiLink:
    """Sends one line to select the chip, then transfers: a length byte and that many bytes, both
    ways."""

    def __init__(self, path: str, board: str, bus: int, device: int) -> None:
        """Connect. Raises OSError.

        If nothing is on that bus this succeeds, and the bus reads zeros.
        """
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
        """Clock bytes out and in, at most 255. Raises OSError."""
        try:
            self._socket.sendall(bytes((len(data),)) + data)
            return self._receive(len(data))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the chip keeps its state."""
        self._socket.close()

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) <= size:
            data = self._socket.recv(1 + size - len(received))
            if not data:
                raise ConnectionResetError("the simulated bench is gone")
            received += data
        return received[1:]

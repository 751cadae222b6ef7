"""The bench's end of a simulated SPI bus; `spi_link` is the other."""

from devices.sim.mfrc522_chip import Mfrc522Chip


class SpiServer:
    """Answers transfers: a length byte and as many bytes, both ways. No chip: zeros."""

    def __init__(self, chip: Mfrc522Chip | None) -> None:
        self._chip = chip
        self._buffer = b""

    def clocked(self, data: bytes) -> bytes:
        """Bytes from the board; those that go back, when transfers are whole."""
        self._buffer += data
        back = b""
        while self._buffer and len(self._buffer) > (size := self._buffer[0]):
            out, self._buffer = self._buffer[1 : size + 1], self._buffer[size + 1 :]
            back += bytes((size,)) + (self._chip.transfer(out) if self._chip else bytes(size))
        return back

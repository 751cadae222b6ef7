"""Access to an MFRC522's registers over SPI (data sheet, 8.1.2), with Debian's spidev."""

from typing import Any, Protocol

_SPEED_HZ = 1_000_000
_READ = 0x80


class Wire(Protocol):
    """One chip select of an SPI bus."""

    def transfer(self, data: bytes) -> bytes:
        """Send bytes, and return as many received at the same time. Raises OSError."""

    def close(self) -> None:
        """Close the bus."""


class SpiRegisters:
    """The `Registers` of `mfrc522_chip`, over SPI.

    The address is in bits 1 to 6 of the first byte; bit 7 means read.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def Read_MFRC522(self, addr: int) -> int:
        """See Registers. Raises OSError."""
        return self._wire.transfer(bytes((addr << 1 & 0x7E | _READ, 0)))[1]

    def Write_MFRC522(self, addr: int, val: int) -> None:
        """See Registers. Raises OSError."""
        self._wire.transfer(bytes((addr << 1 & 0x7E, val)))


class SpiBus:
    """A Wire of this board. Raises OSError, and ImportError without the system's spidev."""

    def __init__(self, bus: int, device: int) -> None:
        import spidev  # type: ignore[import-not-found]  # the system's, on a Pi

        self._spi: Any = spidev.SpiDev()
        self._spi.open(bus, device)
        self._spi.max_speed_hz = _SPEED_HZ

    def transfer(self, data: bytes) -> bytes:
        """See Wire."""
        return bytes(self._spi.xfer2(list(data)))

    def close(self) -> None:
        """See Wire."""
        self._spi.close()

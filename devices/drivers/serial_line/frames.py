"""What readers on a serial line share: their options, and how the line is opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, ClassVar

from msgspec import Meta

from devices.drivers.serial_line.byte_reader import ByteReader, Decoder
from devices.needs import SERIAL, Needs
from devices.wiring import Context, ReaderOptions


class SerialOptions(ReaderOptions, frozen=True, kw_only=True):
    """Options of readers that send by themselves."""

    port: Annotated[
        str, Meta(pattern="^/.+", description="the serial device's path, like /dev/serial0")
    ]
    baud: Annotated[
        int, Meta(ge=1200, le=921600, description="bits per second, 1200 to 921600")
    ] = 9600
    gone_after_ms: Annotated[
        int, Meta(ge=80, le=5000, description="milliseconds of silence, 80 to 5000")
    ] = 400


class SerialFrames(ByteReader):
    """Reads frames from a serial line, which no other program may open meanwhile."""

    needs: ClassVar[Needs] = SERIAL

    def __init__(self, decoder: Decoder, options: SerialOptions, context: Context) -> None:
        """Start reading. A missing device is a fault, not an error."""
        self._baud = options.baud
        super().__init__(options.port, decoder, options.gone_after_ms / 1000, context)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """See ByteReader. Raises OSError."""
        import termios

        import serial

        try:
            with serial.Serial(self._path, self._baud, exclusive=True) as port:
                self.begin(port.fileno())
                yield port.fileno()
        except termios.error as error:
            raise OSError(str(error)) from error

    def begin(self, fd: int) -> None:
        """Called when the line was opened, perhaps in the middle of a frame; frames with a checksum
        need nothing."""

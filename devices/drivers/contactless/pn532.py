"""Driver `pn532` for readers: a PN532 on a serial line, switched to HSU (UART)."""

from collections.abc import Callable
from typing import Annotated, ClassVar

from msgspec import Meta

from devices.drivers.contactless.field_reader import LONGEST_POLL_S, FieldOptions, FieldReader
from devices.drivers.contactless.pn532_field import Pn532Field
from devices.drivers.contactless.pn532_link import SILENT_S, Pn532Link
from devices.needs import SERIAL, Needs
from devices.ports import ReaderCapabilities
from devices.wiring import Context

BAUD = 115_200


class Pn532Options(FieldOptions, frozen=True, kw_only=True):
    port: Annotated[
        str, Meta(pattern="^/.+", description="the serial device's path, like /dev/ttyAMA0")
    ]


class Pn532(FieldReader):
    """Reads cards with one NXP PN532 on a serial line."""

    Options = Pn532Options
    detects_s: ClassVar[float | None] = LONGEST_POLL_S + SILENT_S
    needs: ClassVar[Needs] = SERIAL

    @classmethod
    def capabilities_of(cls, options: Pn532Options) -> ReaderCapabilities:
        """The field is polled, so the reader notices when a card leaves."""
        return ReaderCapabilities(senses_removal=True)

    def __init__(self, options: Pn532Options, context: Context) -> None:
        """Start reading. A missing device is a fault, not an error."""
        super().__init__(field_at(options.port), options, context)


def field_at(path: str) -> Pn532Field:
    """Return the field of the PN532 at that line; it is not opened yet."""
    return Pn532Field(lambda: _connect(path))


def _connect(path: str) -> tuple[Pn532Link, Callable[[], None]]:
    """Open the line. Raises OSError."""
    import termios

    import serial

    try:
        port = serial.Serial(path, BAUD, exclusive=True)
    except termios.error as error:
        raise OSError(f"{path}: {error}") from error
    return Pn532Link(port), port.close

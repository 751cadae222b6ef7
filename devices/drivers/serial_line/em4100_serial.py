"""Driver `em4100_serial` for readers: serial badge readers such as the RDM6300 and ID-12, 9600 baud
8N1."""

from typing import Annotated

from msgspec import Meta

from devices.drivers.serial_line.em4100_frame import FrameDecoder, FrameKind
from devices.drivers.serial_line.frames import SerialFrames, SerialOptions
from devices.ports import ReaderCapabilities
from devices.wiring import Context


class Em4100Options(SerialOptions, frozen=True, kw_only=True):
    reads: Annotated[
        tuple[FrameKind, ...],
        Meta(min_length=1, description='a list of "em" (EM4100) and "uid" (ISO 14443)'),
    ] = (FrameKind.EM,)
    repeats: Annotated[
        bool, Meta(description="true if it sends repeatedly while a card stays (RDM6300)")
    ] = True


class Em4100Serial(SerialFrames):
    """A reader whose frames have a checksum."""

    Options = Em4100Options

    @classmethod
    def capabilities_of(cls, options: Em4100Options) -> ReaderCapabilities:
        """A reader that repeats its frames notices when a card leaves."""
        return ReaderCapabilities(senses_removal=options.repeats)

    def __init__(self, options: Em4100Options, context: Context) -> None:
        """Start reading. A missing device is a fault, not an error."""
        super().__init__(FrameDecoder(frozenset(options.reads)), options, context)

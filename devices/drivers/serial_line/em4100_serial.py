"""Driver `em4100_serial`: serial badge readers of the RDM6300 and ID-12 kind, 9600 baud 8N1."""

from typing import Annotated

from msgspec import Meta

from devices.drivers.serial_line.em4100_frame import CardKind, FrameDecoder
from devices.drivers.serial_line.frames import SerialFrames, SerialOptions
from devices.ports import ReaderCapabilities
from devices.wiring import Context


class Em4100Options(SerialOptions, frozen=True, kw_only=True):
    reads: Annotated[
        tuple[CardKind, ...],
        Meta(min_length=1, description='a list of "em" (EM4100) and "uid" (ISO 14443)'),
    ] = (CardKind.EM,)
    repeats: Annotated[
        bool, Meta(description="true if it sends again and again while a card rests (RDM6300)")
    ] = True


class Em4100Serial(SerialFrames):
    """Such a reader, its frames checked."""

    Options = Em4100Options

    @classmethod
    def capabilities_of(cls, options: Em4100Options) -> ReaderCapabilities:
        """A reader that repeats notices when the card leaves."""
        return ReaderCapabilities(senses_removal=options.repeats)

    def __init__(self, options: Em4100Options, context: Context) -> None:
        """Start reading. A device that isn't there is a fault, not an error."""
        super().__init__(FrameDecoder(frozenset(options.reads)), options, context)

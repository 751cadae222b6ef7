"""Driver `bridge` for readers: a Wiegand reader at a microcontroller.

Frames with wrong parity are rejected.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from controller.domain.facts import Assurance
from controller.domain.ids import CredentialId
from devices.drivers.bridge.device import BridgeDevice, BridgePort
from devices.drivers.contactless.resting_card import RestingCard
from devices.ports import FaultKind, FrameRejected, ReaderCapabilities
from devices.wiring import Context, ReaderOptions
from firmware_bridge.codes import Verdict
from firmware_bridge.exchange import BridgeEvent
from firmware_bridge.messages import Hello, Report, WiegandEvent
from firmware_bridge.wiegand import data_bits

_COUNT_RANGE = 1 << 16


class Number(StrEnum):
    """The meaning of the 32 bits in a 34-bit frame."""

    WIEGAND = "wiegand"
    EM = "em"
    UID = "uid"
    UID_REVERSED = "uid_reversed"


class BridgeReaderOptions(ReaderOptions, frozen=True, kw_only=True):
    port: BridgePort
    reader: Annotated[int, Meta(ge=0, le=1, description="a Wiegand reader, 0 or 1")]
    number: Annotated[
        Number,
        Meta(
            description='what 34 bits are: "wiegand" (just bits), "em" (EM4100 number), "uid" or'
            ' "uid_reversed" (4-byte UID, first or last byte first)'
        ),
    ] = Number.WIEGAND
    gone_after_ms: Annotated[
        int, Meta(ge=80, le=5000, description="milliseconds of silence, 80 to 5000")
    ] = 1000


class BridgeReader(BridgeDevice):
    """Makes one tap of all frames that arrive while a card rests on the reader."""

    Options = BridgeReaderOptions
    unreachable = FaultKind.READER_UNPLUGGED

    @classmethod
    def capabilities_of(cls, options: BridgeReaderOptions) -> ReaderCapabilities:
        """A Wiegand reader does not report that a card has left."""
        return ReaderCapabilities(senses_removal=False)

    def __init__(self, options: BridgeReaderOptions, context: Context) -> None:
        """Start reading. A missing microcontroller is a fault, not an error."""
        self._options = options
        self._card = RestingCard(context.device, options.gone_after_ms / 1000)
        self._rejected = 0
        self._count: int | None = None
        self._reported: int | None = None
        super().__init__(options.port, context)

    def close(self) -> None:
        """Stop reading and close."""
        self._leave()

    # On the link's thread.

    def restarted(self, hello: Hello) -> None:
        """See link.Device. The counters start again."""
        self._count = 0

    def down(self, why: str) -> None:
        """See link.Device."""
        self._count = None
        super().down(why)

    def report(self, report: Report, at_s: float) -> None:
        """See link.Device. Frames that were counted but never arrived are reported as lost."""
        count = report.reads[self._options.reader]
        is_settled, self._reported = count == self._reported, count  # its event may still arrive
        lost_frames = 0 if self._count is None else (count - self._count) % _COUNT_RANGE
        if self._count is None or (is_settled and 0 < lost_frames < _COUNT_RANGE // 2):
            self._count = count
            if lost_frames:
                self._reject(f"{lost_frames} frame(s) lost on the way")
        for event in self._card.expire(at_s):
            self._context.emit(event)

    def event(self, event: BridgeEvent, at_s: float) -> None:
        """See link.Device."""
        if not isinstance(event, WiegandEvent) or event.reader != self._options.reader:
            return
        self._count = event.count
        if event.verdict is not Verdict.OK:
            self._reject(f"{event.verdict.name.lower()}: {event.bits} bits, {event.data.hex()}")
            return
        try:
            number = data_bits(event.data, event.bits)
        except ValueError as error:
            self._reject(str(error))
            return
        for report in self._card.note_read(self._id(number, event.bits), at_s, Assurance.UID):
            self._context.emit(report)

    def _id(self, number: int, bits: int) -> CredentialId:
        kind = self._options.number
        if bits != 34 or kind is Number.WIEGAND:
            return CredentialId(f"wg{bits}:{number:0{(bits + 1) // 4}X}")
        if kind is Number.EM:
            return CredentialId(f"em:{number:010d}")
        data = number.to_bytes(4, "big" if kind is Number.UID else "little")
        return CredentialId(f"uid:{data.hex().upper()}")

    def _reject(self, detail: str) -> None:
        self._rejected += 1
        self._context.emit(FrameRejected(self._context.device, detail, self._rejected))

"""Driver `osdp` for readers: OSDP v2 on RS-485 (IEC 60839-11-5), only in the secure channel."""

import time
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from controller.domain.ids import CredentialId
from devices.drivers.contactless.resting_card import RestingCard
from devices.drivers.osdp.bus import FIRST_S, GRACE_S, OSDP, SILENT_S, OsdpLine, shared_line
from devices.needs import Needs
from devices.ports import Fault, FaultCleared, FaultKind, FrameRejected, ReaderCapabilities
from devices.wiring import Context, ReaderOptions
from firmware_bridge.wiegand import FORMATS, data_bits

RESTS_S = 1.0
"""If the same card is read again within this time, it has not left the reader."""
_CARD, _STATUS, _LOCAL = 1, 4, 2
"""libosdp's numbers: of a card event, of a status event, and of the local status (tamper,
power)."""


class OsdpOptions(ReaderOptions, OsdpLine, frozen=True, kw_only=True):
    key_file: Annotated[
        str,
        Meta(pattern="^/.+", description="path of the file with the reader's key, 32 hex digits"),
    ]
    uid_reversed: Annotated[
        bool, Meta(description="true if it sends UIDs last byte first, else false")
    ] = False


class Osdp:
    """One reader on a shared line; its loss and tampering are faults."""

    Options = OsdpOptions
    detects_s: ClassVar[float | None] = GRACE_S + max(SILENT_S, FIRST_S)
    """Maximum seconds until the loss of a reader is noticed."""
    needs: ClassVar[Needs] = OSDP

    @classmethod
    def capabilities_of(cls, options: OsdpOptions) -> ReaderCapabilities:
        """OSDP does not report that a card has left."""
        return ReaderCapabilities(senses_removal=False)

    def __init__(self, options: OsdpOptions, context: Context) -> None:
        """Join the line.

        Raises DeviceError if the address or speed conflicts with another reader's.
        """
        self._options = options
        self._emit, self._device = context.emit, context.device
        self._card = RestingCard(context.device, RESTS_S)
        self._rejected = 0
        self._lost: str | None = None
        self._tampered = False
        self._fault: FaultKind | None = None
        self._bus = shared_line(options, context)
        self._bus.join(options.address, options.key_file, self)
        self._open = True

    def close(self) -> None:
        """Leave the line."""
        if self._open:
            self._open = False
            self._bus.leave(self._options.address)

    def on_answering(self) -> None:
        """See Listener."""
        self._lost = None
        for event in self._card.expire(time.monotonic()):
            self._emit(event)
        self._report_fault()

    def on_lost(self, why: str) -> None:
        """See Listener."""
        self._lost = why
        for event in self._card.remove(time.monotonic()):
            self._emit(event)
        self._report_fault()

    def on_event(self, event: Mapping[str, Any]) -> None:
        """See Listener."""
        if event["event"] == _CARD:
            self._handle_card(event["length"], event["data"])
        elif event["event"] == _STATUS and event["type"] == _LOCAL:
            self._tampered = bool(event["report"][:1].strip(b"\0"))
            self._report_fault()

    def _handle_card(self, bits: int, data: bytes) -> None:
        try:
            credential = credential_of(bits, data, uid_reversed=self._options.uid_reversed)
        except ValueError as error:
            self._rejected += 1
            self._emit(FrameRejected(self._device, str(error), self._rejected))
            return
        for event in self._card.note_read(credential, time.monotonic()):
            self._emit(event)

    def _report_fault(self) -> None:
        """Report one fault at a time, since a lost reader's tamper switch is unknown."""
        kind, detail = None, ""
        if self._lost is not None:
            kind, detail = FaultKind.READER_UNPLUGGED, self._lost
        elif self._tampered:
            kind, detail = FaultKind.READER_TAMPERED, "its tamper switch is open"
        if kind is self._fault:
            return
        if self._fault is not None:
            self._emit(FaultCleared(self._device, self._fault))
        self._fault = kind
        if kind is not None:
            self._emit(Fault(self._device, kind, detail))


# How an OSDP reader's raw card data (osdp_RAW, IEC 60839-11-5) becomes a credential.

UID_BITS = (32, 56, 80)
EM_BITS = 40


def credential_of(bits: int, data: bytes, *, uid_reversed: bool = False) -> CredentialId:
    """Return the credential id of a card, the same as any other reader makes.

    32, 56 and 80 bits are a whole ISO 14443 UID; 26, 34 and 37 a Wiegand frame, whose parity is
    checked; 40 an EM4100. The first bit is the highest bit of the first byte. Raises ValueError.
    """
    size = (bits + 7) // 8
    if bits <= 0 or len(data) < size:
        raise ValueError(f"{len(data)} bytes for {bits} bits")
    data = data[:size]
    if bits in UID_BITS:
        return CredentialId(f"uid:{(data[::-1] if uid_reversed else data).hex().upper()}")
    if bits == EM_BITS:
        return CredentialId(f"em:{int.from_bytes(data[1:], 'big'):010d}")
    if bits in FORMATS:
        return CredentialId(f"wg{bits}:{data_bits(data, bits):0{(bits + 1) // 4}X}")
    sizes = ", ".join(str(size) for size in sorted((*UID_BITS, EM_BITS, *FORMATS)))
    raise ValueError(f"a card of {bits} bits; known: {sizes}")

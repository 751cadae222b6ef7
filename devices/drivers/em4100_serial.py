"""Driver `em4100_serial`: serial badge readers of the RDM6300 and ID-12 kind, 9600 baud 8N1."""

import threading
import time
from typing import Annotated, Any

from msgspec import Meta

from devices.drivers.em4100_frame import CardKind, FrameDecoder, Malformed
from devices.drivers.resting_card import RestingCard
from devices.ports import (
    Fault,
    FaultCleared,
    FaultKind,
    FrameRejected,
    ReaderCapabilities,
)
from devices.wiring import Context, ReaderOptions

RETRY_S = 1.0


class Em4100Options(ReaderOptions, frozen=True, kw_only=True):
    port: Annotated[
        str, Meta(pattern="^/.+", description="the serial device's path, like /dev/serial0")
    ]
    baud: Annotated[
        int, Meta(ge=1200, le=921600, description="bits per second, 1200 to 921600")
    ] = 9600
    reads: Annotated[
        tuple[CardKind, ...],
        Meta(min_length=1, description='a list of "em" (EM4100) and "uid" (ISO 14443)'),
    ] = (CardKind.EM,)
    repeats: Annotated[
        bool, Meta(description="true if it sends again and again while a card rests (RDM6300)")
    ] = True
    gone_after_ms: Annotated[
        int, Meta(ge=80, le=5000, description="milliseconds of silence, 80 to 5000")
    ] = 400


class Em4100Serial:
    """Reads frames on a thread of its own; a pulled cable is a fault, and is tried again."""

    Options = Em4100Options

    @classmethod
    def capabilities_of(cls, options: Em4100Options) -> ReaderCapabilities:
        """A reader that repeats notices when the card leaves."""
        return ReaderCapabilities(senses_removal=options.repeats)

    def __init__(self, options: Em4100Options, context: Context) -> None:
        """Start reading. A device that isn't there is a fault, not an error."""
        self._options = options
        self._emit = context.emit
        self._device = context.device
        self._decoder = FrameDecoder(frozenset(options.reads))
        self._gone_after_s = options.gone_after_ms / 1000
        self._card = RestingCard(context.device, self._gone_after_s)
        self._rejected = 0
        self._unplugged = False
        self._port: Any = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading and let go of the device."""
        self._stopping.set()
        if (port := self._port) is not None:
            port.cancel_read()
        self._thread.join()

    def _run(self) -> None:
        import termios

        while not self._stopping.is_set():
            try:
                self._read_until_lost()
            except (OSError, termios.error) as error:
                self._lost(error)
                self._stopping.wait(RETRY_S)

    def _read_until_lost(self) -> None:
        import serial

        with serial.Serial(self._options.port, self._options.baud, exclusive=True) as port:
            self._port = port
            try:
                self._back()
                while not self._stopping.is_set():
                    self._read_once(port)
            finally:
                self._port = None

    def _read_once(self, port: Any) -> None:
        """Wait for one byte, take what came with it; never wait for a timeout to get a frame."""
        data = port.read(1)
        at_s = time.monotonic()
        if data:
            data += port.read(port.in_waiting)
        for found in self._decoder.feed(data):
            if isinstance(found, Malformed):
                self._rejected += 1
                self._emit(FrameRejected(self._device, found.detail, self._rejected))
            else:
                for event in self._card.seen(found, at_s):
                    self._emit(event)
        for gone in self._card.expire(at_s):
            self._emit(gone)
        self._wait_for_removal(port)

    def _wait_for_removal(self, port: Any) -> None:
        """While a card rests, wake up in time to see it gone; else only for bytes."""
        timeout = self._gone_after_s if self._card.is_there else None
        if port.timeout != timeout:
            port.timeout = timeout

    def _lost(self, error: Exception) -> None:
        for gone in self._card.remove(time.monotonic()):
            self._emit(gone)
        self._decoder.reset()
        if not self._unplugged:
            self._unplugged = True
            detail = f"{self._options.port}: {error}"
            self._emit(Fault(self._device, FaultKind.READER_UNPLUGGED, detail))

    def _back(self) -> None:
        if self._unplugged:
            self._unplugged = False
            self._emit(FaultCleared(self._device, FaultKind.READER_UNPLUGGED))

"""Driver `em4100_serial`: serial badge readers of the RDM6300 and ID-12 kind, 9600 baud 8N1."""

import os
import select
import socket
import threading
import time
from typing import Annotated

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
        self._wake, self._woken = socket.socketpair()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading and let go of the device."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._wake.send(b"x")
            self._thread.join()
            self._wake.close()
            self._woken.close()

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
            self._back()
            while not self._stopping.is_set():
                self._read_once(port.fileno())

    def _read_once(self, fd: int) -> None:
        """Take whatever has come: a frame is seen with its last byte, never after a timeout.

        While a card rests, wake up in time to see it gone; else only for bytes.
        """
        timeout_s = self._gone_after_s if self._card.is_there else None
        ready, _, _ = select.select((fd, self._woken.fileno()), (), (), timeout_s)
        at_s = time.monotonic()
        if fd in ready:
            self._take(_read(fd), at_s)
        for gone in self._card.expire(at_s):
            self._emit(gone)

    def _take(self, data: bytes, at_s: float) -> None:
        for found in self._decoder.feed(data):
            if isinstance(found, Malformed):
                self._rejected += 1
                self._emit(FrameRejected(self._device, found.detail, self._rejected))
            else:
                for event in self._card.seen(found, at_s):
                    self._emit(event)

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


def _read(fd: int) -> bytes:
    """What is there. Raises OSError when the device is gone, which reads as an end of file."""
    data = os.read(fd, 4096)
    if not data:
        raise OSError("the device hung up")
    return data

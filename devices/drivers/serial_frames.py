"""The thread of a serial reader that sends by itself: read, decode, notice a pulled cable."""

import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from typing import Annotated, Protocol

from msgspec import Meta

from controller.domain.ids import CredentialId
from devices.drivers.em4100_frame import Malformed
from devices.drivers.resting_card import RestingCard
from devices.ports import Fault, FaultCleared, FaultKind, FrameRejected
from devices.wiring import Context, ReaderOptions

RETRY_S = 1.0


class SerialOptions(ReaderOptions, frozen=True, kw_only=True):
    """Common to the readers that send by themselves."""

    port: Annotated[
        str, Meta(pattern="^/.+", description="the serial device's path, like /dev/serial0")
    ]
    baud: Annotated[
        int, Meta(ge=1200, le=921600, description="bits per second, 1200 to 921600")
    ] = 9600
    gone_after_ms: Annotated[
        int, Meta(ge=80, le=5000, description="milliseconds of silence, 80 to 5000")
    ] = 400


class Decoder(Protocol):
    """Makes ids of a stream of bytes."""

    def feed(self, data: bytes) -> Iterator[CredentialId | Malformed]:
        """Take bytes; yield what is whole now."""

    def reset(self) -> None:
        """Forget half a frame."""


class SerialFrames:
    """Reads frames on a thread of its own; a pulled cable is a fault, and is tried again."""

    def __init__(self, decoder: Decoder, options: SerialOptions, context: Context) -> None:
        """Start reading. A device that isn't there is a fault, not an error."""
        self._options = options
        self._emit = context.emit
        self._device = context.device
        self._decoder = decoder
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
            self._opened(port.fileno())
            self._back()
            while not self._stopping.is_set():
                self._read_once(port.fileno())

    def _opened(self, fd: int) -> None:
        """The line was opened, maybe in the middle of a frame; frames have checks."""

    def _read_once(self, fd: int) -> None:
        """Take whatever has come: a frame is seen with its last byte, never after a timeout.

        While a card rests, wake up in time to see it gone; else only for bytes.
        """
        timeout_s = self._gone_after_s if self._card.is_there else None
        ready, _, _ = select.select((fd, self._woken.fileno()), (), (), timeout_s)
        at_s = time.monotonic()
        if fd in ready:
            self._take(read_some(fd), at_s)
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


def read_some(fd: int) -> bytes:
    """What is there. Raises OSError when the device is gone, which reads as an end of file."""
    data = os.read(fd, 4096)
    if not data:
        raise OSError("the device hung up")
    return data

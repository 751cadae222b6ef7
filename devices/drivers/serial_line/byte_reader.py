"""The thread of a reader that sends by itself: reads, decodes, and reconnects after a pulled
cable."""

import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from controller.domain.ids import CredentialId
from devices.drivers.contactless.resting_card import RestingCard
from devices.drivers.serial_line.em4100_frame import MalformedFrame
from devices.ports import Fault, FaultCleared, FaultKind, FrameRejected
from devices.wiring import Context

RETRY_S = 1.0
FIRST_LOOK_S = 2.0
"""How long the constructor waits until the device is open, which usually takes milliseconds."""


class Decoder(Protocol):
    """Decodes a stream of bytes to ids."""

    def feed(self, data: bytes) -> Iterator[CredentialId | MalformedFrame]:
        """Take bytes; yield complete frames."""

    def reset(self) -> None:
        """Discard an incomplete frame."""


class ByteReader:
    """A reader on a thread of its own. A pulled cable is a fault, and is tried again."""

    detects_s: ClassVar[float | None] = RETRY_S
    """A device that disappears is noticed at once; a missing one is tried this often."""

    def __init__(self, path: str, decoder: Decoder, gone_after_s: float, context: Context) -> None:
        """Start reading. A missing device is a fault, not an error.

        Returns once the device is open, so that a badge right after the agent's start is not lost.
        """
        self._path, self._decoder = path, decoder
        self._emit, self._device = context.emit, context.device
        self._card = RestingCard(context.device, gone_after_s)
        self._gone_after_s = gone_after_s
        self._rejected = 0
        self._unplugged = False
        self._wake, self._woken = socket.socketpair()
        self._stopping = threading.Event()
        self._was_checked = threading.Event()
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()
        self._was_checked.wait(FIRST_LOOK_S)

    def opened(self) -> AbstractContextManager[int]:
        """Open the device, and return a block with its file descriptor. Raises OSError."""
        raise NotImplementedError

    def pause_s(self) -> float | None:
        """Return how long to wait for bytes: until a resting card counts as gone; None: for
        ever."""
        return self._gone_after_s if self._card.is_there else None

    def on_silence(self) -> None:
        """Called if there was no byte for `pause_s`."""

    def close(self) -> None:
        """Stop reading and close the device."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._wake.send(b"x")
            self._thread.join()
            self._wake.close()
            self._woken.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self.opened() as fd:
                    self._report_back()
                    self._was_checked.set()
                    while not self._stopping.is_set():
                        self._read_once(fd)
            except OSError as error:
                self._report_lost(error)
                self._was_checked.set()
                self._stopping.wait(RETRY_S)

    def _read_once(self, fd: int) -> None:
        """Take whatever has arrived; a frame is complete with its last byte, not after a
        timeout."""
        ready, _, _ = select.select((fd, self._woken.fileno()), (), (), self.pause_s())
        at_s = time.monotonic()
        if not ready:
            self.on_silence()
        if fd in ready:
            self._take(read_some(fd), at_s)
        for event in self._card.expire(at_s):
            self._emit(event)

    def _take(self, data: bytes, at_s: float) -> None:
        for decoded in self._decoder.feed(data):
            if isinstance(decoded, MalformedFrame):
                self._rejected += 1
                self._emit(FrameRejected(self._device, decoded.detail, self._rejected))
            else:
                for event in self._card.note_read(decoded, at_s):
                    self._emit(event)

    def _report_lost(self, error: OSError) -> None:
        for event in self._card.remove(time.monotonic()):
            self._emit(event)
        self._decoder.reset()
        if not self._unplugged:
            self._unplugged = True
            detail = f"{self._path}: {error.strerror or error}"
            self._emit(Fault(self._device, FaultKind.READER_UNPLUGGED, detail))

    def _report_back(self) -> None:
        if self._unplugged:
            self._unplugged = False
            self._emit(FaultCleared(self._device, FaultKind.READER_UNPLUGGED))


def read_some(fd: int) -> bytes:
    """Read what has arrived. Raises OSError if the device is gone, which reads as end of file."""
    data = os.read(fd, 4096)
    if not data:
        raise OSError("the device hung up")
    return data

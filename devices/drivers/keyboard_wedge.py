"""Driver `keyboard_wedge` for readers: USB readers that type a card's number and Enter.

The device is grabbed: what it types reaches no console, and no other keyboard reaches us.
"""

import fcntl
import os
import re
import select
import socket
import threading
import time
from typing import Annotated

from msgspec import Meta

from devices.drivers.em4100_frame import Malformed
from devices.drivers.evdev_keys import EVIOCGRAB, KeyDecoder
from devices.drivers.line_decoder import LineDecoder, LineKind
from devices.drivers.resting_card import RestingCard
from devices.ports import Fault, FaultCleared, FaultKind, FrameRejected, ReaderCapabilities
from devices.wiring import Context, ReaderOptions

RETRY_S = 1.0
PAUSE_S = 0.5
"""A reader types faster; what stands unfinished for so long is forgotten."""
RESTS_S = 1.0
"""A number that is typed again sooner is a card that rests."""
SIM = "sim:"


class KeyboardWedgeOptions(ReaderOptions, frozen=True, kw_only=True):
    device: Annotated[
        str,
        Meta(
            pattern=r"^(/dev/input/|sim:/).+",
            description='its stable path, like "/dev/input/by-id/usb-…-event-kbd"; "sim:PATH" for'
            " a simulated one",
        ),
    ]
    pattern: Annotated[
        str,
        Meta(description="a regular expression of all that it types, with one group: the id"),
    ] = r"([0-9A-Fa-f :.-]+)"
    kind: Annotated[
        LineKind,
        Meta(description='what the group is: "uid", "uid_reversed", "em" or "em_hex"'),
    ]

    def problem(self) -> tuple[str, str] | None:
        """The pattern must be one, with one group."""
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            return "pattern", f"is no regular expression: {error}"
        return None if groups == 1 else ("pattern", f"must have one group, not {groups}")


class KeyboardWedge:
    """Reads key events on a thread of its own; a pulled cable is a fault, and is tried again."""

    Options = KeyboardWedgeOptions

    @classmethod
    def capabilities_of(cls, options: KeyboardWedgeOptions) -> ReaderCapabilities:
        """It never says when a card leaves."""
        return ReaderCapabilities(senses_removal=False)

    def __init__(self, options: KeyboardWedgeOptions, context: Context) -> None:
        """Start reading. A device that isn't there is a fault, not an error."""
        self._path = options.device.removeprefix(SIM)
        self._grabs = not options.device.startswith(SIM)
        self._emit, self._device = context.emit, context.device
        self._keys = KeyDecoder()
        self._lines = LineDecoder(options.pattern, options.kind)
        self._card = RestingCard(context.device, RESTS_S)
        self._rejected = 0
        self._lost = False
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
        while not self._stopping.is_set():
            try:
                self._read_until_lost()
            except OSError as error:
                self._tell_lost(error)
                self._stopping.wait(RETRY_S)

    def _read_until_lost(self) -> None:
        fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            if self._grabs:
                fcntl.ioctl(fd, EVIOCGRAB, 1)
            self._tell_back()
            while not self._stopping.is_set():
                self._read_once(fd)
        finally:
            os.close(fd)

    def _read_once(self, fd: int) -> None:
        ready, _, _ = select.select((fd, self._woken.fileno()), (), (), PAUSE_S)
        at_s = time.monotonic()
        if not ready:
            self._lines.reset()
        if fd in ready:
            if not (data := os.read(fd, 4096)):
                raise OSError("the device hung up")
            self._take(data, at_s)
        for gone in self._card.expire(at_s):
            self._emit(gone)

    def _take(self, data: bytes, at_s: float) -> None:
        for found in self._lines.feed("".join(self._keys.feed(data)).encode("ascii")):
            if isinstance(found, Malformed):
                self._rejected += 1
                self._emit(FrameRejected(self._device, found.detail, self._rejected))
            else:
                for event in self._card.seen(found, at_s):
                    self._emit(event)

    def _tell_lost(self, error: OSError) -> None:
        for gone in self._card.remove(time.monotonic()):
            self._emit(gone)
        self._keys = KeyDecoder()
        self._lines.reset()
        if not self._lost:
            self._lost = True
            detail = f"{self._path}: {error.strerror or error}"
            self._emit(Fault(self._device, FaultKind.READER_UNPLUGGED, detail))

    def _tell_back(self) -> None:
        if self._lost:
            self._lost = False
            self._emit(FaultCleared(self._device, FaultKind.READER_UNPLUGGED))

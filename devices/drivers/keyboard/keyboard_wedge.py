"""Driver `keyboard_wedge` for readers: USB readers that type a card's number and Enter.

The device is grabbed: what it types reaches no console, and no other keyboard reaches us.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, ClassVar

from msgspec import Meta

from controller.domain.ids import CredentialId
from devices.drivers.serial_line.byte_reader import RETRY_S, ByteReader
from devices.drivers.serial_line.em4100_frame import MalformedFrame
from devices.drivers.serial_line.line_decoder import LineDecoder, LineKind, pattern_problem
from devices.ports import ReaderCapabilities
from devices.wiring import Context, ReaderOptions

# Key events of Linux input devices, by key code: the keyboard's layout does not matter.
#
# Numbers from the kernel's `linux/input-event-codes.h`, the event from `linux/input.h`.

EVENT = struct.Struct("llHHi")
"""Seconds, microseconds, type, code, value; 24 bytes on a 64-bit system."""
EV_SYN, EV_KEY, SYN_DROPPED = 0, 1, 3
PRESSED = 1
EVIOCGRAB = 0x40044590
OTHER = "?"
"""Stands for a key that no badge's number has, so that it spoils the line."""
_ROWS = {
    2: "1234567890-",
    16: "QWERTYUIOP",
    30: "ASDFGHJKL:",
    44: "ZXCVBNM,./",
    57: " ",
    71: "789-456+1230.",
}
CHARACTERS = {
    **{first + n: character for first, row in _ROWS.items() for n, character in enumerate(row)},
    28: "\n",
    96: "\n",
}
"""Of a reader that types on a US keyboard; the semicolon's key is a colon there, with shift."""
SHIFTS = frozenset((42, 54))


class KeyDecoder:
    """Characters of a stream of events, fed in pieces of any size."""

    def __init__(self) -> None:
        self._half = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Each key pressed; not held, not let go. Events that the kernel dropped spoil the line."""
        data = self._half + data
        whole = len(data) - len(data) % EVENT.size
        self._half = data[whole:]
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == EV_SYN and code == SYN_DROPPED:
                yield OTHER
            elif kind == EV_KEY and value == PRESSED and code not in SHIFTS:
                yield CHARACTERS.get(code, OTHER)


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
        str, Meta(description="a regular expression of all that it types, with one group: the id")
    ] = r"([0-9A-Fa-f :.-]+)"
    kind: Annotated[
        LineKind, Meta(description='what the group is: "uid", "uid_reversed", "em" or "em_hex"')
    ]

    def problem(self) -> tuple[str, str] | None:
        """The pattern must be one, with one group."""
        return pattern_problem(self.pattern)


class TypedLines:
    """Key events into lines of text, lines into ids."""

    def __init__(self, pattern: str, kind: LineKind) -> None:
        self._keys, self._lines = KeyDecoder(), LineDecoder(pattern, kind)

    def feed(self, data: bytes) -> Iterator[CredentialId | MalformedFrame]:
        """See byte_reader.Decoder."""
        return self._lines.feed("".join(self._keys.feed(data)).encode("ascii"))

    def forget_line(self) -> None:
        """Discard an incomplete line."""
        self._lines.reset()

    def reset(self) -> None:
        """See byte_reader.Decoder."""
        self._keys = KeyDecoder()
        self._lines.reset()


class KeyboardWedge(ByteReader):
    """Reads key events; the keyboard's layout does not matter."""

    Options = KeyboardWedgeOptions
    detects_s: ClassVar[float | None] = PAUSE_S + RETRY_S

    @classmethod
    def capabilities_of(cls, options: KeyboardWedgeOptions) -> ReaderCapabilities:
        """It never says when a card leaves."""
        return ReaderCapabilities(senses_removal=False)

    def __init__(self, options: KeyboardWedgeOptions, context: Context) -> None:
        """Start reading. A device that isn't there is a fault, not an error."""
        self._grabs = not options.device.startswith(SIM)
        self._typed = TypedLines(options.pattern, options.kind)
        super().__init__(options.device.removeprefix(SIM), self._typed, RESTS_S, context)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """See ByteReader. Raises OSError, also when the device can't be grabbed."""
        fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            if self._grabs:
                fcntl.ioctl(fd, EVIOCGRAB, 1)
            yield fd
        finally:
            os.close(fd)

    def pause_s(self) -> float | None:
        """See ByteReader: always, for a number that is left unfinished."""
        return PAUSE_S

    def silent(self) -> None:
        """See ByteReader: a reader types faster."""
        self._typed.forget_line()

"""Driver `keyboard_wedge` for readers: USB readers that type a card's number and Enter.

The device is grabbed, so that its input reaches no console, and no other keyboard reaches the
agent.
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

# Key events of Linux input devices, decoded by key code, so that the keyboard's layout does not
# matter. The numbers are from the kernel's `linux/input-event-codes.h`, the event from
# `linux/input.h`.

EVENT = struct.Struct("llHHi")
"""Seconds, microseconds, type, code, value; 24 bytes on a 64-bit system."""
EV_SYN, EV_KEY, SYN_DROPPED = 0, 1, 3
PRESSED = 1
EVIOCGRAB = 0x40044590
"""The ioctl that grabs a device."""
OTHER = "?"
"""Stands for a key that is in no badge's number, so that the line is rejected."""
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
"""Characters by key code, as on a US keyboard; its semicolon key gives a colon, as with shift."""
SHIFTS = frozenset((42, 54))


class KeyDecoder:
    """Decodes a stream of key events, fed in pieces of any size, to characters."""

    def __init__(self) -> None:
        self._half = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Yield a character per key pressed; held and released keys are ignored.

        If the kernel has dropped events, yields OTHER, so that the line is rejected.
        """
        data = self._half + data
        whole = len(data) - len(data) % EVENT.size
        self._half = data[whole:]
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == EV_SYN and code == SYN_DROPPED:
                yield OTHER
            elif kind == EV_KEY and value == PRESSED and code not in SHIFTS:
                yield CHARACTERS.get(code, OTHER)


PAUSE_S = 0.5
"""A reader types faster: an incomplete number is discarded after this time."""
RESTS_S = 1.0
"""A number that is repeated within this time means that the card rests on the reader."""
SIM = "sim:"
"""Prefix of the path of a simulated device."""


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
        str, Meta(description="a regular expression for the whole input, with one group: the id")
    ] = r"([0-9A-Fa-f :.-]+)"
    kind: Annotated[
        LineKind, Meta(description='what the group is: "uid", "uid_reversed", "em" or "em_hex"')
    ]

    def problem(self) -> tuple[str, str] | None:
        """Check that the pattern is valid, with one group."""
        return pattern_problem(self.pattern)


class TypedLines:
    """Decodes key events to lines of text, and lines to ids."""

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
    """A reader that acts as a keyboard."""

    Options = KeyboardWedgeOptions
    detects_s: ClassVar[float | None] = PAUSE_S + RETRY_S

    @classmethod
    def capabilities_of(cls, options: KeyboardWedgeOptions) -> ReaderCapabilities:
        """A keyboard reader does not report that a card has left."""
        return ReaderCapabilities(senses_removal=False)

    def __init__(self, options: KeyboardWedgeOptions, context: Context) -> None:
        """Start reading. A missing device is a fault, not an error."""
        self._grabs = not options.device.startswith(SIM)
        self._typed = TypedLines(options.pattern, options.kind)
        super().__init__(options.device.removeprefix(SIM), self._typed, RESTS_S, context)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """See ByteReader. Raises OSError, also if the device can't be grabbed."""
        fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            if self._grabs:
                fcntl.ioctl(fd, EVIOCGRAB, 1)
            yield fd
        finally:
            os.close(fd)

    def pause_s(self) -> float | None:
        """See ByteReader. It always pauses, to discard an incomplete number."""
        return PAUSE_S

    def on_silence(self) -> None:
        """See ByteReader. Discard an incomplete line, since a reader types faster."""
        self._typed.forget_line()

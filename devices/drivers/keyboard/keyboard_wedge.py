"""Driver `keyboard_wedge` for readers: USB readers that type a card's number and Enter.

The device is grabbed: what it types reaches no console, and no other keyboard reaches us.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, ClassVar

from msgspec import Meta

from controller.domain.ids import CredentialId
from devices.drivers.keyboard.evdev_keys import EVIOCGRAB, KeyDecoder
from devices.drivers.serial_line.byte_reader import RETRY_S, ByteReader
from devices.drivers.serial_line.em4100_frame import MalformedFrame
from devices.drivers.serial_line.line_decoder import LineDecoder, LineKind, pattern_problem
from devices.ports import ReaderCapabilities
from devices.wiring import Context, ReaderOptions

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

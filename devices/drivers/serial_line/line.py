"""Driver `line` for readers: any serial device that prints ids, one per line."""

import select
from typing import Annotated

from msgspec import Meta

from devices.drivers.serial_line.byte_reader import read_some
from devices.drivers.serial_line.frames import SerialFrames, SerialOptions
from devices.drivers.serial_line.line_decoder import LineDecoder, LineKind, pattern_problem
from devices.ports import ReaderCapabilities
from devices.wiring import Context

QUIET_S = 0.05
"""Longer than the pause between two bytes of a line."""


class LineOptions(SerialOptions, frozen=True, kw_only=True):
    pattern: Annotated[
        str, Meta(description="a regular expression of the whole line, with one group: the id")
    ] = r"([0-9A-Fa-f :.-]+)"
    kind: Annotated[
        LineKind, Meta(description='what the group is: "uid", "uid_reversed", "em" or "em_hex"')
    ]
    repeats: Annotated[
        bool, Meta(description="true if it prints repeatedly while a card stays")
    ] = False

    def problem(self) -> tuple[str, str] | None:
        """Check that the pattern is valid, with one group."""
        return pattern_problem(self.pattern)


class Line(SerialFrames):
    """A reader that prints lines; each must match the pattern completely."""

    Options = LineOptions

    @classmethod
    def capabilities_of(cls, options: LineOptions) -> ReaderCapabilities:
        """A reader that repeats its lines notices when a card leaves."""
        return ReaderCapabilities(senses_removal=options.repeats)

    def __init__(self, options: LineOptions, context: Context) -> None:
        """Start reading. A missing device is a fault, not an error."""
        super().__init__(LineDecoder(options.pattern, options.kind), options, context)

    def begin(self, fd: int) -> None:
        """Skip the rest of a line, since the end of a UID could be taken for another UID."""
        while select.select((fd,), (), (), QUIET_S)[0]:
            if read_some(fd).endswith((b"\r", b"\n")):
                return

"""Driver `line` for readers: any serial device that prints ids, one a line."""

import re
import select
from typing import Annotated

from msgspec import Meta

from devices.drivers.line_decoder import LineDecoder, LineKind
from devices.drivers.serial_frames import SerialFrames, SerialOptions, read_some
from devices.ports import ReaderCapabilities
from devices.wiring import Context

QUIET_S = 0.05
"""Longer than the pause between two bytes of a line."""


class LineOptions(SerialOptions, frozen=True, kw_only=True):
    pattern: Annotated[
        str,
        Meta(description="a regular expression of the whole line, with one group: the id"),
    ] = r"([0-9A-Fa-f :.-]+)"
    kind: Annotated[
        LineKind,
        Meta(description='what the group is: "uid", "uid_reversed", "em" or "em_hex"'),
    ]
    repeats: Annotated[
        bool, Meta(description="true if it prints again and again while a card rests")
    ] = False

    def problem(self) -> tuple[str, str] | None:
        """The pattern must be one, with one group."""
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            return "pattern", f"is no regular expression: {error}"
        return None if groups == 1 else ("pattern", f"must have one group, not {groups}")


class Line(SerialFrames):
    """Such a reader, its lines matched whole."""

    Options = LineOptions

    @classmethod
    def capabilities_of(cls, options: LineOptions) -> ReaderCapabilities:
        """A reader that repeats notices when the card leaves."""
        return ReaderCapabilities(senses_removal=options.repeats)

    def __init__(self, options: LineOptions, context: Context) -> None:
        """Start reading. A device that isn't there is a fault, not an error."""
        super().__init__(LineDecoder(options.pattern, options.kind), options, context)

    def _opened(self, fd: int) -> None:
        """Pass over the rest of a line: the end of a UID could be taken for another UID."""
        while select.select((fd,), (), (), QUIET_S)[0]:
            if read_some(fd).endswith((b"\r", b"\n")):
                return

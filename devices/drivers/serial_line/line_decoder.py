"""Decodes lines that a serial reader prints to ids, by a pattern for the whole line."""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from controller.domain.ids import CredentialId, parse_credential_id
from devices.drivers.serial_line.em4100_frame import MalformedFrame

MAX_LINE_BYTES = 128
"""Limit for the bytes of a line."""
_BETWEEN = str.maketrans("", "", " :-.")


class LineKind(StrEnum):
    """The meaning of the pattern's group; spaces, colons, hyphens and dots in it are ignored."""

    UID = "uid"
    """A UID in hex, in the order in which the card sends its bytes."""
    UID_REVERSED = "uid_reversed"
    """A UID in hex, last byte first, as many readers print it."""
    EM = "em"
    """The number printed on an EM4100 card: up to ten decimal digits."""
    EM_HEX = "em_hex"
    """An EM4100's bytes in hex: four, or five with the customer's byte."""


def _reverse_bytes(text: str) -> str:
    return bytes(reversed(bytes.fromhex(text))).hex().upper()


def _em_of_hex(text: str) -> str:
    if len(text) not in (8, 10):
        raise ValueError(f"{text!r} is not 8 or 10 hex digits")
    return f"em:{int(text[-8:], 16):010d}"


_ID_OF: dict[LineKind, Callable[[str], str]] = {
    LineKind.UID: lambda text: f"uid:{text}",
    LineKind.UID_REVERSED: lambda text: f"uid:{_reverse_bytes(text)}",
    LineKind.EM: lambda text: f"em:{text.zfill(10)}",
    LineKind.EM_HEX: _em_of_hex,
}


def pattern_problem(pattern: str) -> tuple[str, str] | None:
    """Check an option `pattern`: a regular expression with one group.

    Returns option and error, or None.
    """
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        return "pattern", f"is no regular expression: {error}"
    return None if groups == 1 else ("pattern", f"must have one group, not {groups}")


class LineDecoder:
    """Splits at CR and LF. A line that the pattern does not match completely gives no id."""

    def __init__(self, pattern: str, kind: LineKind) -> None:
        self._pattern, self._id_of = re.compile(pattern), _ID_OF[kind]
        self._line = bytearray()
        self._overlong = False

    def reset(self) -> None:
        """Discard an incomplete line."""
        self._line.clear()
        self._overlong = False

    def feed(self, data: bytes) -> Iterator[CredentialId | MalformedFrame]:
        """Take bytes; yield each line's id, or why it has none. Empty lines are skipped."""
        for byte in data:
            if byte in b"\r\n":
                line, overlong = bytes(self._line), self._overlong
                self.reset()
                if line and not overlong:
                    yield self._read(line)
            elif not self._overlong:
                self._line.append(byte)
                if len(self._line) > MAX_LINE_BYTES:
                    self._overlong = True
                    yield MalformedFrame(f"a line of more than {MAX_LINE_BYTES} bytes")

    def _read(self, line: bytes) -> CredentialId | MalformedFrame:
        try:
            match = self._pattern.fullmatch(line.decode("ascii"))
            if match is None:
                return MalformedFrame(f"a line that the pattern does not match: {line!r}")
            text = (match[1] or "").translate(_BETWEEN).upper()
            return parse_credential_id(self._id_of(text))
        except ValueError as error:
            return MalformedFrame(f"{line!r}: {error}")

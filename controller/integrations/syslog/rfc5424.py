"""A syslog message, and its frame on a stream (RFC 5424; RFC 6587, octet counting)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from controller.domain.time import Utc

AUDIT, ALERT = 13, 14
"""Facilities: *log audit*, *log alert*."""
_NIL = "-"
_LONGEST_HOST = 255


class Severity(IntEnum):
    """The four of the eight severities that are used."""

    CRITICAL = 2
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    facility: int
    severity: Severity
    at: Utc
    kind: str
    """MSGID: `audit` or `alarm`."""
    content: Mapping[str, object]
    """The content, sent as JSON in ASCII (MSG-ANY)."""

    def line(self, host: str, version: str) -> bytes:
        """Return the message as sent; `host` is this computer's name."""
        head = f"<{self.facility * 8 + self.severity}>1 {_time(self.at)} {_name(host)} loquet -"
        data = f'[origin software="Loquet" swVersion="{version}"]'
        return f"{head} {self.kind} {data} {json.dumps(dict(self.content))}".encode("ascii")


def add_frame(line: bytes) -> bytes:
    """Return the message with the frame for a stream."""
    return b"%d %s" % (len(line), line)


def _time(at: Utc) -> str:
    """Format a time; at most six digits of a second are allowed."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _name(host: str) -> str:
    printable = "".join(character for character in host if "!" <= character <= "~")
    return printable[:_LONGEST_HOST] or _NIL

"""A line of `loquet watch`, and the cursor from which reading continues."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

MISSED = "missed"
"""Type of a line that reports lost changes: the reading program must reload everything."""
NOW, START = "now", "start"
_SITE_POSITION = re.compile(r"([a-z0-9-]{1,63})=(\d{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One change: its type, site and key; the API gives its contents."""

    cursor: str
    """Where to continue after this line; also valid as `Last-Event-ID` of the API's `/live`."""
    type: str = ""
    """Empty: there is no change, only a newer cursor."""
    site: str = ""
    key: str = ""
    at: str = ""

    @property
    def is_missed(self) -> bool:
        """Return whether this line reports that changes were lost."""
        return self.type == MISSED

    def text(self) -> str:
        """Return the line as a JSON object; empty fields are left out."""
        fields = (("type", self.type), ("at", self.at), ("site", self.site), ("key", self.key))
        return json.dumps({"cursor": self.cursor, **{name: text for name, text in fields if text}})


def is_beginning(text: str) -> bool:
    """Return whether the text is a valid beginning: `now`, `start` or a cursor."""
    return text in (NOW, START) or parse_cursor(text) is not None


def parse_cursor(cursor: str) -> dict[str, int] | None:
    """Parse a cursor: the position after which each site continues; None if it is not a cursor."""
    parts = [_SITE_POSITION.fullmatch(part) for part in cursor.split(",")]
    matches = [part for part in parts if part is not None]
    return {part[1]: int(part[2]) for part in matches} if len(matches) == len(parts) else None


def format_cursor(positions: Mapping[str, int]) -> str:
    """Format positions as a cursor; the inverse of `parse_cursor`."""
    return ",".join(f"{site}={position}" for site, position in sorted(positions.items()))

"""A line of `loquet watch`, and the cursor from which it goes on."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

MISSED = "missed"
"""Something is no longer kept: whoever reads looks at everything again."""
NOW, START = "now", "start"
_PLACE = re.compile(r"([a-z0-9-]{1,63})=(\d{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What changed: which thing, and no more; the API tells the rest to those who may read it."""

    cursor: str
    """Where to go on after this line; as `Last-Event-ID` of the API's `/live`."""
    type: str = ""
    """Empty: nothing is new, and this is how far it is."""
    site: str = ""
    key: str = ""
    at: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether it says that others are missing."""
        return self.type == MISSED

    def text(self) -> str:
        """As one JSON object; what is not known is left out."""
        fields = (("type", self.type), ("at", self.at), ("site", self.site), ("key", self.key))
        return json.dumps({"cursor": self.cursor, **{name: text for name, text in fields if text}})


def is_beginning(text: str) -> bool:
    """Whether it says where to begin."""
    return text in (NOW, START) or places_of(text) is not None


def places_of(cursor: str) -> dict[str, int] | None:
    """The position after which each site goes on; None when it is no cursor."""
    parts = [_PLACE.fullmatch(part) for part in cursor.split(",")]
    found = [part for part in parts if part is not None]
    return {part[1]: int(part[2]) for part in found} if len(found) == len(parts) else None


def cursor_of(places: Mapping[str, int]) -> str:
    """And back."""
    return ",".join(f"{site}={place}" for site, place in sorted(places.items()))

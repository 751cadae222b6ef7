"""msgspec's validation error, taken apart."""

import re
from dataclasses import dataclass
from typing import Self

_AT = re.compile(r"(?s)(.*) - at `(?:key in )?\$\.?(.*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """One field that is not valid."""

    what: str
    """msgspec's message without the location."""
    where: str
    """Such as `items[0].name`; empty: the whole."""

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Read a msgspec.ValidationError."""
        found = _AT.fullmatch(str(error))
        return cls(found[1], found[2]) if found else cls(str(error), "")

    @property
    def unknown(self) -> str | None:
        """The field that the type does not know, if that is it."""
        return found[1] if (found := _UNKNOWN.fullmatch(self.what)) else None

    @property
    def missing(self) -> str | None:
        """The field that is missing, if that is it."""
        return found[1] if (found := _MISSING.fullmatch(self.what)) else None

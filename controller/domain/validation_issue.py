"""Parses msgspec's validation errors into message and location."""

import re
from dataclasses import dataclass
from typing import Self

_AT = re.compile(r"(?s)(.*) - at `(?:key in )?\$\.?(.*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """One field that is not valid, and why."""

    what: str
    """msgspec's message without the location."""
    where: str
    """The path of the field, such as `items[0].name`; empty: the whole value."""

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Parse a msgspec.ValidationError."""
        found = _AT.fullmatch(str(error))
        return cls(found[1], found[2]) if found else cls(str(error), "")

    @property
    def unknown(self) -> str | None:
        """Return the name of the field that the type does not have; None: another problem."""
        return found[1] if (found := _UNKNOWN.fullmatch(self.what)) else None

    @property
    def missing(self) -> str | None:
        """Return the name of the required field that is missing; None: another problem."""
        return found[1] if (found := _MISSING.fullmatch(self.what)) else None

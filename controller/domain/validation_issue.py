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

    message: str
    """msgspec's message without the location."""
    path: str
    """The path of the field, such as `items[0].name`; empty for the whole value."""

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Parse a msgspec.ValidationError."""
        match = _AT.fullmatch(str(error))
        return cls(match[1], match[2]) if match else cls(str(error), "")

    @property
    def unknown(self) -> str | None:
        """Return the name of an unknown field, if that is the problem."""
        return match[1] if (match := _UNKNOWN.fullmatch(self.message)) else None

    @property
    def missing(self) -> str | None:
        """Return the name of a missing required field, if that is the problem."""
        return match[1] if (match := _MISSING.fullmatch(self.message)) else None

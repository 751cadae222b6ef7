"""Errors of services, which the API and the pages turn into responses."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from controller.kernel.shapes import DecisionText


class ServiceError(Exception):
    """The request can't be done; the message is one line for a person."""


class NotFound(ServiceError):
    """The object does not exist, or the actor may not see it."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"no {kind} {key}")
        self.kind = kind
        self.key = key


class Forbidden(ServiceError):
    """The actor's roles do not allow it."""


class Conflict(ServiceError):
    """The request conflicts with the current state."""


class AccessDenied(Conflict):
    """The access decision would deny it, with a typed reason such as DenyReason and its text."""

    def __init__(self, reason: StrEnum, text: DecisionText) -> None:
        super().__init__(text.en.replace("\n", " "))
        self.reason = reason
        self.text = text


class Stale(ServiceError):
    """The row has changed since the version on which the change is based."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error in one field; `field` is a path such as `requirement.plans.0`."""

    field: str
    message: str


class Invalid(ServiceError):
    """Fields are missing, unknown or invalid; all of them are listed."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in self.errors))

    @classmethod
    def of(cls, field: str, message: str) -> "Invalid":
        """Return an error for a single field."""
        return cls([FieldError(field, message)])


class ControlCharacter(Invalid):
    """A text contains a character that is never allowed, such as `U+202E`."""

    def __init__(self, field: str, character: str) -> None:
        text = f"the character {character} is not allowed here; delete it, or type the text again"
        super().__init__([FieldError(field, text)])
        self.field, self.character = field, character

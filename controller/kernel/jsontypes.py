"""How shapes and facts become JSON data and back: times as text, the rest as in msgspec."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from controller.domain.time import Utc
from controller.kernel.first_use import prepare

T = TypeVar("T")


def to_json(value: object) -> Any:
    """A Struct or fact as JSON data: dicts, lists, text, numbers."""
    return msgspec.to_builtins(value, enc_hook=enc_hook)


def enc_hook(value: object) -> object:
    """A Utc in its one spelling."""
    if isinstance(value, Utc):
        return value.text()
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def dec_hook(kind: type, value: object) -> object:
    """A Utc from any RFC 3339 time that names its zone; ValueError otherwise.

    Beyond the years 1900 to 2999 nobody means a date, and days added would leave the calendar.
    """
    if kind is Utc and isinstance(value, str):
        try:
            moment = Utc.of(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            raise ValueError("expected a time with zone, such as 2026-09-01T08:00:00Z") from None
        if not 1900 <= moment.year <= 2999:
            raise ValueError("expected a time from 1900 to 2999; null for no end")
        return moment
    raise ValueError("expected a time with zone, such as 2026-09-01T08:00:00Z")


def from_json(data: object, kind: type[T]) -> T:
    """A JSON column as the dataclass that it holds."""
    prepare(kind)
    return msgspec.convert(data, kind, dec_hook=dec_hook)

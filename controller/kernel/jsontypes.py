"""Converts shapes and facts to JSON data and back: times as text, the rest as msgspec does."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from controller.domain.time import Utc
from controller.kernel.first_use import prepare_for_threads

T = TypeVar("T")


def to_json(value: object) -> Any:
    """Convert a Struct or fact to JSON data: dicts, lists, text, numbers."""
    return msgspec.to_builtins(value, enc_hook=enc_hook)


def enc_hook(value: object) -> object:
    """Encode a Utc as text."""
    if isinstance(value, Utc):
        return value.text()
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def dec_hook(kind: type, value: object) -> object:
    """Decode a Utc from any RFC 3339 time with a zone; ValueError otherwise.

    Years before 1900 and after 2999 are refused: nobody means them, and adding days could overflow.
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
    """Convert the data of a JSON column to the dataclass that it contains."""
    prepare_for_threads(kind)
    return msgspec.convert(data, kind, dec_hook=dec_hook)

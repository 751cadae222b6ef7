"""How much of a list a page shows: what fits into so many bytes, and how many more there are."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import TypeVar

from markupsafe import escape

T = TypeVar("T")


def fitting(items: Sequence[T], most_bytes: int, each_bytes: int) -> tuple[T, ...]:
    """The first items that fit; `each_bytes` is what one takes beside its texts.

    Each text counts twice: a name is read aloud by its attribute, too.
    """
    left, shown = most_bytes, 0
    for item in items:
        left -= each_bytes + 2 * sum(len(escape(text).encode()) for text in _texts(item))
        if left < 0:
            break
        shown += 1
    return tuple(items[:shown])


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))

"""Helpers for reading facts: keys in chunks, and values grouped by member."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.kernel.facts import Keys, key_condition
from controller.kernel.jsontypes import from_json as from_json

T = TypeVar("T")
CHUNK = 1000
"""Most keys in one query."""


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def pairs(db: Session, members: Keys, member: Any, other: Any, *where: Any) -> dict[str, list[str]]:
    """Return the values of `other` by member, each list sorted."""
    result = defaultdict(list)
    statement = select(member, other).where(key_condition(member, members), *where)
    for key, value in db.execute(statement.order_by(other)):
        result[key].append(value)
    return result

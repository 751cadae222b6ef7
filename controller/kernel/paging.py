"""Lists, page by page, ordered by id: the cursor is the last id of the page before."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.kernel.errors import Invalid

T = TypeVar("T")
R = TypeVar("R")

MAX_LIMIT = 500


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some items, and the cursor of the next page; null at the end."""

    items: Sequence[T]
    next: str | None = None


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Which page: after an id, and how many items (1 to 500)."""

    after: str | None = None
    limit: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise Invalid.of("limit", f"from 1 to {MAX_LIMIT}")


FIRST = Cursor()


def page(
    db: Session,
    statement: Select[R],
    key: InstrumentedAttribute[str],
    cursor: Cursor,
    shape: Callable[[list[R]], Sequence[T]],
) -> Page[T]:
    """Run the statement for one page; `shape` turns its rows, all together, into items."""
    if cursor.after is not None:
        statement = statement.where(key > cursor.after)
    rows = list(db.scalars(statement.order_by(key).limit(cursor.limit + 1)))
    more = len(rows) > cursor.limit
    rows = rows[: cursor.limit]
    last: Any = getattr(rows[-1], key.key) if more else None
    return Page(items=shape(rows), next=last)

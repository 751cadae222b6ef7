"""Lists, page by page, ordered by id: the cursor is the last id of the page before."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    false,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
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


def all_items(page_at: Callable[[Cursor], Page[T]]) -> Iterator[T]:
    """Iterate over a whole list, fetching it page by page."""
    at: Cursor | None = Cursor(limit=MAX_LIMIT)
    while at is not None:
        found = page_at(at)
        yield from found.items
        at = Cursor(after=found.next, limit=MAX_LIMIT) if found.next else None


@dataclass(frozen=True, slots=True)
class Order(Generic[R]):
    """The columns that order a table: one id column, or two that sort like ids."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    parts: Callable[[str], tuple[Any, ...]]
    """The columns' values from an id. Raises ValueError if it is invalid."""
    id_of: Callable[[R], str]

    def beyond(self, after: str) -> ColumnElement[bool]:
        """The rows after an id. Raises Invalid."""
        try:
            first, *rest = zip(self.columns, self.parts(after), strict=True)
        except ValueError as problem:
            raise Invalid.of("after", "the `next` of a page") from problem
        column, value = first
        if not rest:
            return and_(column > value)
        ((other, low),) = rest
        # The first condition is what an index on one column takes.
        return and_(column >= value, or_(column > value, other > low))


def order_by_id(key: InstrumentedAttribute[str]) -> Order[Any]:
    """Ordered by a column that holds the id."""
    return Order((key,), lambda after: (after,), lambda row: str(getattr(row, key.key)))


def page(
    db: Session,
    statement: Select[R],
    key: InstrumentedAttribute[str] | Order[R],
    cursor: Cursor,
    shape: Callable[[list[R]], Sequence[T]],
    branches: Sequence[ColumnElement[bool]] = (),
) -> Page[T]:
    """Run the statement for one page; `shape` turns its rows, all together, into items.

    `branches`: conditions, no row meeting two, of which each row meets one; each such that an index
    gives its rows in order, which no index gives of all of them together.
    """
    order = key if isinstance(key, Order) else order_by_id(key)
    if cursor.after is not None:
        statement = statement.where(order.beyond(cursor.after))
    if len(branches) > 1:
        rows = _merged(db, statement, order, branches, cursor.limit + 1)
    else:
        first = statement.where(*branches).order_by(*order.columns).limit(cursor.limit + 1)
        rows = list(db.scalars(first))
    more = len(rows) > cursor.limit
    rows = rows[: cursor.limit]
    return Page(items=shape(rows), next=order.id_of(rows[-1]) if more else None)


def sites(
    column: InstrumentedAttribute[Any], keys: Iterable[Any] | None
) -> list[ColumnElement[bool]]:
    """The branches of rows that belong to one of some sites; None: to any."""
    if keys is None:
        return [true()]
    wanted = sorted(keys)
    if len(wanted) > PAGE_LIMIT:
        return [column.in_(wanted)]
    return [column == value for value in wanted] or [false()]


def without_index(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column, to be compared without its index: where few rows are looked at anyhow."""
    return column.concat("") if isinstance(column.type, String) else column + 0


@dataclass(frozen=True, slots=True)
class Keys:
    """A column of a list, and the values that may stand in it; None: any."""

    column: InstrumentedAttribute[Any]
    values: Collection[Any] | None

    @property
    def without_index(self) -> ColumnElement[bool]:
        """The condition, left to the rows that another one finds."""
        return (
            true() if self.values is None else without_index(self.column).in_(sorted(self.values))
        )


def branches(
    first: Keys, *others: Keys, usual: Any = None, skewed: Any = None
) -> list[ColumnElement[bool]]:
    """The branches of what meets all of these: an index on the first and the id gives each.

    `usual` narrows them to a time by the times in ids; `skewed` are those that it does not find,
    which are few: they have an index of their own.
    """
    rest = [keys.without_index for keys in others if keys.values is not None]
    places = [and_(site, *rest) for site in sites(first.column, first.values)]
    if usual is None:
        return places
    return [*(and_(usual, place) for place in places), and_(skewed, first.without_index, *rest)]


PAGE_LIMIT = 100
"""Branches of one statement; beyond, sorting costs less than so many."""


def _merged(
    db: Session,
    statement: Select[R],
    order: Order[R],
    branches: Sequence[ColumnElement[bool]],
    limit: int,
) -> list[R]:
    """The rows of the statement with the first ids of all branches: the ids first, and alone.

    In one statement a database may prefer to read the whole table in the order of ids.
    """
    ids = statement.with_only_columns(*order.columns)
    branch_ids = (ids.where(branch).order_by(*order.columns).limit(limit) for branch in branches)
    all_of_them = union_all(*(select(one.subquery()) for one in branch_ids)).subquery()
    first = select(all_of_them).order_by(*all_of_them.c).limit(limit)
    found = [tuple(row) for row in db.execute(first)]
    these = statement.where(tuple_(*order.columns).in_(found))
    return sorted(db.scalars(these), key=order.id_of)

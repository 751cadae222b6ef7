"""Lists read page by page in the order of ids; the cursor is the last id."""

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
    """A page of items, and the cursor of the next page; null at the end."""

    items: Sequence[T]
    next: str | None = None


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Which page: the items after an id, and how many (1 to 500)."""

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
        items = page_at(at)
        yield from items.items
        at = Cursor(after=items.next, limit=MAX_LIMIT) if items.next else None


@dataclass(frozen=True, slots=True)
class Order(Generic[R]):
    """The columns by which a table is sorted: an id column, or two that sort like ids."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    parts: Callable[[str], tuple[Any, ...]]
    """Splits an id into the columns' values. Raises ValueError if it is invalid."""
    id_of: Callable[[R], str]

    def beyond(self, after: str) -> ColumnElement[bool]:
        """Return the condition for rows after an id. Raises Invalid for an invalid id."""
        try:
            first, *rest = zip(self.columns, self.parts(after), strict=True)
        except ValueError as problem:
            raise Invalid.of("after", "the `next` of a page") from problem
        column, value = first
        if not rest:
            return and_(column > value)
        ((other, low),) = rest
        # The first condition is redundant, but an index on the first column can use it.
        return and_(column >= value, or_(column > value, other > low))


def order_by_id(key: InstrumentedAttribute[str]) -> Order[Any]:
    """Return the order by a column that contains the id."""
    return Order((key,), lambda after: (after,), lambda row: str(getattr(row, key.key)))


def page(
    db: Session,
    statement: Select[R],
    key: InstrumentedAttribute[str] | Order[R],
    cursor: Cursor,
    shape: Callable[[list[R]], Sequence[T]],
    branches: Sequence[ColumnElement[bool]] = (),
) -> Page[T]:
    """Run the query for one page; `shape` converts all its rows to items at once.

    `branches` splits a condition that no index serves into conditions that exclude each other, and
    that an index serves in the list's order.
    """
    order = key if isinstance(key, Order) else order_by_id(key)
    if cursor.after is not None:
        statement = statement.where(order.beyond(cursor.after))
    if len(branches) > 1:
        rows = _merge_branches(db, statement, order, branches, cursor.limit + 1)
    else:
        first = statement.where(*branches).order_by(*order.columns).limit(cursor.limit + 1)
        rows = list(db.scalars(first))
    more = len(rows) > cursor.limit
    rows = rows[: cursor.limit]
    return Page(items=shape(rows), next=order.id_of(rows[-1]) if more else None)


def site_branches(
    column: InstrumentedAttribute[Any], keys: Iterable[Any] | None
) -> list[ColumnElement[bool]]:
    """Return one branch per site, for rows of some sites; None: of any site."""
    if keys is None:
        return [true()]
    values = sorted(keys)
    if len(values) > MAX_BRANCHES:
        return [column.in_(values)]
    return [column == value for value in values] or [false()]


def without_index(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return the column in a form that keeps the database from using its index.

    Useful where another condition leaves few rows to check.
    """
    return column.concat("") if isinstance(column.type, String) else column + 0


@dataclass(frozen=True, slots=True)
class Keys:
    """A column of a list, and the values that it may have; None: any."""

    column: InstrumentedAttribute[Any]
    values: Collection[Any] | None

    @property
    def without_index(self) -> ColumnElement[bool]:
        """Return the condition on this column in a form that uses no index."""
        return (
            true() if self.values is None else without_index(self.column).in_(sorted(self.values))
        )


def index_branches(
    first: Keys, *others: Keys, usual: Any = None, skewed: Any = None
) -> list[ColumnElement[bool]]:
    """Return the branches for rows that meet all conditions; an index on the first column and the
    id serves each branch.

    In a period, `usual` is its condition on the times in ids. `skewed` is its condition for the few
    rows whose true time differs from the one in their id; they have an index of their own.
    """
    rest = [keys.without_index for keys in others if keys.values is not None]
    branches = [and_(branch, *rest) for branch in site_branches(first.column, first.values)]
    if usual is None:
        return branches
    skewed_branch = and_(skewed, first.without_index, *rest)
    return [*(and_(usual, branch) for branch in branches), skewed_branch]


MAX_BRANCHES = 100
"""Most branches in one query; for more, sorting costs less."""


def _merge_branches(
    db: Session,
    statement: Select[R],
    order: Order[R],
    branches: Sequence[ColumnElement[bool]],
    limit: int,
) -> list[R]:
    """Return the first rows of all branches: read their ids, then the rows.

    For a single query, a database may read the whole table in the order of ids.
    """
    ids = statement.with_only_columns(*order.columns)
    branch_ids = (ids.where(branch).order_by(*order.columns).limit(limit) for branch in branches)
    all_ids = union_all(*(select(query.subquery()) for query in branch_ids)).subquery()
    first = select(all_ids).order_by(*all_ids.c).limit(limit)
    first_ids = [tuple(row) for row in db.execute(first)]
    rows = statement.where(tuple_(*order.columns).in_(first_ids))
    return sorted(db.scalars(rows), key=order.id_of)

"""Reads whole lists from services that return them page by page."""

from collections.abc import Callable
from typing import TypeVar

from controller.kernel.paging import MAX_LIMIT, Cursor, Page

T = TypeVar("T")


def all_items(fetch: Callable[[Cursor], Page[T]]) -> list[T]:
    """Return all items of a list, fetched page by page."""
    page = fetch(Cursor(limit=MAX_LIMIT))
    items = list(page.items)
    while page.next is not None:
        page = fetch(Cursor(after=page.next, limit=MAX_LIMIT))
        items += page.items
    return items

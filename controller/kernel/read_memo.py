"""A memo of what a read-only transaction has read, valid until its end."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlalchemy.orm import Session

T = TypeVar("T")
_KEY = "read_memo"


def begin(db: Session) -> None:
    """Start a memo for this session, which must only read from now on."""
    db.info[_KEY] = {}


def memoise(db: Session, key: Hashable, read: Callable[[], T]) -> T:
    """Return the result of `read`, remembered for the rest of a read-only transaction.

    So the parts of a page can ask for the same data independently.
    """
    memo: dict[Hashable, object] | None = db.info.get(_KEY)
    if memo is None:
        return read()
    if key not in memo:
        memo[key] = read()
    return cast("T", memo[key])

"""A memo of what a read-only transaction has read, until its end."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlalchemy.orm import Session

T = TypeVar("T")
_KEY = "read_memo"


def begin(db: Session) -> None:
    """From here on this session only reads."""
    db.info[_KEY] = {}


def once(db: Session, what: Hashable, read: Callable[[], T]) -> T:
    """What `read` gives: where nothing is written, asked only the first time.

    The parts of a page ask for the same, and don't know of each other.
    """
    known: dict[Hashable, object] | None = db.info.get(_KEY)
    if known is None:
        return read()
    if what not in known:
        known[what] = read()
    return cast("T", known[what])

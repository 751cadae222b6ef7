"""A memo of what a read-only transaction has read, until its end."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlalchemy.orm import Session

T = TypeVar("T")
_KEY = "read_memo"


def begin(db: Session) -> None:
    """From here on this session only reads."""
    db.info[_KEY] = {}


def memoise(db: Session, what: Hashable, read: Callable[[], T]) -> T:
    """The result of `read`, remembered for the rest of a read-only transaction, so that the
    parts of a page can ask for the same thing independently."""
    known: dict[Hashable, object] | None = db.info.get(_KEY)
    if known is None:
        return read()
    if what not in known:
        known[what] = read()
    return cast("T", known[what])

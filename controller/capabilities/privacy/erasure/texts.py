"""Take a person's name out of what anybody wrote, wherever it stands."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from controller.kernel.privacy import Data, Erased, Keep

INSTEAD = "[…]"


def take_out(db: Session, keep: Keep, wanted: re.Pattern[str]) -> int:
    """Replace names, addresses and references in a table's free text; returns in how many rows.

    Bytes are whole or gone, and words that nobody can change go in another way.
    """
    names = keep.of(Data.TEXT, Data.WORDS, Data.RAW)
    if not names or keep.erased in (Erased.BYTES, Erased.REASON):
        return 0
    keys = inspect(keep.model).primary_key
    found = [
        tuple(row[: len(keys)])
        for row in db.execute(select(*keys, *map(keep.column, names)))
        if any(wanted.search(text) for value in row[len(keys) :] for text in _texts(value))
    ]
    for key in found:
        row = db.get_one(keep.model, key)
        if keep.erased is Erased.NOTE:
            db.delete(row)
            continue
        for name in names:
            setattr(row, name, _without(getattr(row, name), wanted))
    db.flush()
    return len(found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _without(value: Any, wanted: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return wanted.sub(INSTEAD, value)
    if isinstance(value, dict):
        return {wanted.sub(INSTEAD, key): _without(inner, wanted) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, wanted) for inner in value]
    return value

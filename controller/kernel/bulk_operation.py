"""One operation on many records: the ids that it creates begin with its own id.

So repeating it after an interruption creates nothing twice, and all of it can be undone.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement

from controller.domain.time import Utc
from controller.kernel.errors import ServiceError
from controller.wire.ids import uuid7

BATCH_SIZE = 50
"""Records per transaction; others can write in between."""
_TAIL = 12
_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-0{12}")


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation: a UUIDv7 whose last twelve digits are free for the ids that it creates."""

    id: str

    @classmethod
    def begin(cls, now: Utc) -> Self:
        """Return a new operation."""
        return cls(uuid7(now.millis())[:-_TAIL] + "0" * _TAIL)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the id that a form sent back. Raises ValueError."""
        if not _SHAPE.fullmatch(text):
            raise ValueError("not a bulk operation")
        return cls(text)

    def id_for(self, key: str) -> str:
        """Return the id of the record that it creates for this key, the same each time."""
        digest = hashlib.sha256(f"{self.id}:{key}".encode()).hexdigest()
        return self.id[:-_TAIL] + digest[:_TAIL]

    def has_created(self, column: Any) -> ColumnElement[bool]:
        """Return the condition that a row was created by this operation."""
        start = self.id[:-_TAIL]
        condition: ColumnElement[bool] = column.between(start + "0" * _TAIL, start + "f" * _TAIL)
        return condition


@dataclass(frozen=True, slots=True)
class Outcome:
    """Number of records for which the operation succeeded, and was refused."""

    done: int = 0
    refused: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.done + other.done, self.refused + other.refused)


def try_one(action: Callable[..., object], *args: Any, **kwargs: Any) -> Outcome:
    """Call `action` for one record; return whether it succeeded or was refused."""
    try:
        action(*args, **kwargs)
    except ServiceError:
        return Outcome(refused=1)
    return Outcome(done=1)


def batches(keys: list[str]) -> Iterator[list[str]]:
    """Yield the keys in batches, one per transaction."""
    for start in range(0, len(keys), BATCH_SIZE):
        yield keys[start : start + BATCH_SIZE]

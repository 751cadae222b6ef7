"""Which events can tell of a person: those with a field for a member or for a badge."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.kernel.journal import EventRow
from controller.kernel.journal_where import may_hold
from controller.wire.events import Event
from controller.wire.scalars import Key, Member


@cache
def telling_types() -> frozenset[str]:
    """The types of these events, from the wire's own types."""
    return frozenset(
        str(kind.__struct_config__.tag)
        for kind in get_args(Event)
        if any(map(_names_somebody, get_type_hints(kind, include_extras=True).values()))
    )


def naming(db: Session, references: tuple[str, ...]) -> Iterator[EventRow]:
    """The events that tell of somebody, by any of these references, while their bytes are kept.

    Found by looking through them all: nothing else can look events up by person.
    """
    wanted = re.compile("|".join(map(re.escape, references)).encode())
    kept = select(EventRow).where(EventRow.type.in_(telling_types()), may_hold(db, references))
    for row in db.scalars(kept).yield_per(1000):
        if wanted.search(row.raw or b""):
            yield row


def named_in(raw: bytes) -> dict[str, Any]:
    """An event's fields, from its bytes."""
    fields: dict[str, Any] = msgspec.json.decode(raw)
    return fields


def _names_somebody(hint: Any) -> bool:
    return hint in (Member, Key) or any(map(_names_somebody, get_args(hint)))

"""Which events can tell of a person: those with a field for a member or for a badge."""

from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec

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


def named_in(raw: bytes) -> dict[str, Any]:
    """An event's fields, from its bytes."""
    fields: dict[str, Any] = msgspec.json.decode(raw)
    return fields


def _names_somebody(hint: Any) -> bool:
    return hint in (Member, Key) or any(map(_names_somebody, get_args(hint)))

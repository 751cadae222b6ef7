"""Assigns events of merged members to the member that was kept."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec
from sqlalchemy.orm import Session

from controller.kernel.projections import StoredEvent
from controller.wire.scalars import Member

SurvivingRefs = Callable[[Session, Collection[str]], Mapping[str, str]]
"""Returns the kept record's reference by the reference of each merged one."""


def with_merged_members(db: Session, events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Return the events with references of merged members replaced."""
    refs = {ref for event in events for ref in _refs(event).values()}
    new_refs: dict[str, str] = {}
    for surviving_refs in db.info["house"].surviving_refs if refs else ():
        new_refs |= surviving_refs(db, refs)
    return [_with_kept_refs(event, new_refs) for event in events] if new_refs else list(events)


def _with_kept_refs(stored_event: StoredEvent, new_refs: Mapping[str, str]) -> StoredEvent:
    changed = {name: new_refs[ref] for name, ref in _refs(stored_event).items() if ref in new_refs}
    if not changed:
        return stored_event
    event: Any = msgspec.structs.replace(stored_event.event, **changed)
    return msgspec.structs.replace(stored_event, event=event)


def _refs(event: StoredEvent) -> dict[str, str]:
    """Return the references to people in the event, by field."""
    fields = _fields(type(event.event))
    return {name: ref for name in fields if (ref := getattr(event.event, name))}


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """Return the fields of such an event that contain a reference to a person, from its type."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(name for name, hint in hints.items() if _is_member(hint))


def _is_member(hint: Any) -> bool:
    return hint == Member or any(map(_is_member, get_args(hint)))

"""Finds the events that name a person, and removes the person from them."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from controller.capabilities.journal.events import shape
from controller.capabilities.journal.shapes import Event as EventShape
from controller.kernel.capability import react
from controller.kernel.journal import FORK, EventRow, Quarantine
from controller.kernel.journal_where import may_contain, number_of
from controller.kernel.privacy import GONE_REASON, ErasureInProgress, Person, RetentionScope
from controller.kernel.projections import EventsForgotten
from controller.wire.events import Event
from controller.wire.scalars import Key, Member

EventKey = tuple[int, int]
"""The two halves of an event's id."""
_KEY = (EventRow.id_high, EventRow.id_low)
_BATCH_SIZE = 500
"""Maximum number of events that one statement reads or changes."""
_READ_BEFORE = timedelta(days=1)
"""How long before a card becomes a badge the desk may have read it, in order to give it."""


@cache
def types_about_people() -> frozenset[str]:
    """Return the types of events that have a field for a member or a badge."""
    return frozenset(
        str(kind.__struct_config__.tag)
        for kind in get_args(Event)
        if any(map(_names_somebody, get_type_hints(kind, include_extras=True).values()))
    )


def _names_somebody(hint: Any) -> bool:
    return hint in (Member, Key) or any(map(_names_somebody, get_args(hint)))


@cache
def _member_fields() -> frozenset[str]:
    """Return the names of event fields with a member's reference."""
    hints = (get_type_hints(kind, include_extras=True) for kind in get_args(Event))
    return frozenset(name for fields in hints for name, hint in fields.items() if _is_member(hint))


def _is_member(hint: Any) -> bool:
    return bool(hint == Member) or any(map(_is_member, get_args(hint)))


def event_fields(row: EventRow) -> dict[str, Any]:
    """Return an event's fields, decoded from its bytes; empty after retention has removed these."""
    fields: dict[str, Any] = msgspec.json.decode(row.raw or b"{}")
    return fields


def events_of_person(db: Session, person: Person) -> list[EventShape]:
    """Return the events that name a person, ordered by creation, for the data export."""
    all_events = [
        shape(row) for keys in _batches(_events_naming(db, person)) for row in _rows(db, keys)
    ]
    return sorted(all_events, key=lambda event: event.event_id)


def expired_events(db: Session, scope: RetentionScope, limit: int) -> list[EventKey]:
    """Return the ids of at most `limit` events about people that are older than `scope.before`."""
    received = EventRow.received_at < scope.before
    happened = or_(
        EventRow.at < scope.before,
        and_(EventRow.at.is_(None), received),
        and_(EventRow.at > scope.now, received),  # the agent's clock was ahead
    )
    conditions = (EventRow.site_no == number_of(scope.site_id), happened, *_names_people())
    rows = db.execute(select(*_KEY).where(*conditions).limit(limit))
    return [(high, low) for high, low in rows]


def forget(db: Session, keys: Sequence[EventKey], *, erased: frozenset[str] | None = None) -> int:
    """Delete the bytes of these events, and the personal data that other features derived from
    them.

    `erased`: references of the only person to remove; None: everybody.
    """
    rows = _rows(db, keys)
    fields_of_events = tuple(event_fields(row) for row in rows)
    for row in rows:
        row.body = None
    db.flush()
    react(db, EventsForgotten(fields_of_events, erased))
    return len(rows)


def forget_person(db: Session, erasing: ErasureInProgress) -> int:
    """Remove a person from events and the quarantine; return the number of changed rows."""
    person = erasing.person
    references = frozenset({person.ref, *person.former_refs})
    count = sum(
        forget(db, keys, erased=references) for keys in _batches(_events_naming(db, person))
    )
    for row in db.scalars(select(Quarantine)).all():
        finder = person.finder_at(row.site_id, row.received_at)
        if finder.search(f"{row.reason} {row.raw.decode(errors='replace')}"):
            row.raw, row.reason = b"", FORK if row.reason == FORK else GONE_REASON
            count += 1
    db.flush()
    return count


def _names_people() -> tuple[ColumnElement[bool], ...]:
    return (EventRow.body.is_not(None), EventRow.type.in_(types_about_people()))


def _events_naming(db: Session, person: Person) -> list[EventKey]:
    """Return the events that name the person; all are read, as no index finds events by person."""
    pattern = re.compile("|".join(map(re.escape, (person.ref, *person.former_refs))).encode())
    candidates = select(EventRow).where(*_names_people(), may_contain(db, person.references))
    return [
        (row.id_high, row.id_low)
        for row in db.scalars(candidates).yield_per(1000)
        if pattern.search(row.raw or b"") or _is_of_their_badge(row, person)
    ]


def _is_of_their_badge(row: EventRow, person: Person) -> bool:
    """Return whether an event without a member's reference is of a badge that the person had at
    that time.

    An earlier holder may be somebody else, whose uses are charged (decision 0315).
    """
    fields = event_fields(row)
    since = person.holder_keys.get(fields.get("credential") or "")
    if since is None or any(fields.get(name) for name in _member_fields()):
        return False
    return (row.at or row.received_at) > since - _READ_BEFORE


def _batches(keys: Sequence[EventKey]) -> Iterator[Sequence[EventKey]]:
    return (keys[start : start + _BATCH_SIZE] for start in range(0, len(keys), _BATCH_SIZE))


def _rows(db: Session, keys: Sequence[EventKey]) -> Sequence[EventRow]:
    """Return the rows with these ids that still have their bytes."""
    these = tuple_(*_KEY).in_(keys)
    return db.scalars(select(EventRow).where(these, EventRow.body.is_not(None))).all()

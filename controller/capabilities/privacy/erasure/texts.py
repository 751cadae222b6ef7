"""Take a person's name out of what anybody wrote, wherever it stands."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, inspect, select
from sqlalchemy.orm import Session

from controller.capabilities.privacy.erasure.person import Person, pattern
from controller.capabilities.training.models import HeldHistory
from controller.kernel.models import AuditNote
from controller.kernel.privacy import Data, Decided, decided

INSTEAD = "[…]"
_ELSEWHERE = frozenset({"event", "quarantine"})
"""Whose bytes are whole or gone."""


def take_out(db: Session, person: Person) -> int:
    """Replace names, addresses and references in every free text; returns in how many rows.

    Reasons of steps that nobody can edit are not among them: see `naming_steps`.
    """
    wanted = pattern((*person.names, person.ref, *person.holder_keys))
    count = 0
    for each in decided():
        names = each.decision.of(Data.TEXT, Data.WORDS, Data.RAW)
        if each.table.name in _ELSEWHERE or each.model in (AuditNote, HeldHistory):
            continue
        if names:
            count += _in_table(db, each, names, wanted)
    return count + _notes(db, wanted)


def naming_steps(db: Session, person: Person) -> list[str]:
    """The steps in the life of certifications, of anybody, whose reason is about this person."""
    wanted = pattern(person.names)
    rows = select(HeldHistory.id, HeldHistory.member_id, HeldHistory.reason)
    return [
        key
        for key, member, reason in db.execute(rows.where(HeldHistory.reason.is_not(None)))
        if member == person.id or wanted.search(reason or "")
    ]


def _in_table(db: Session, each: Decided, names: list[str], wanted: re.Pattern[str]) -> int:
    keys = inspect(each.model).primary_key
    columns = [each.column(name) for name in names]
    found = [
        tuple(row[: len(keys)])
        for row in db.execute(select(*keys, *columns))
        if any(wanted.search(text) for value in row[len(keys) :] for text in _texts(value))
    ]
    for key in found:
        row = db.get_one(each.model, key)
        for name in names:
            setattr(row, name, _without(getattr(row, name), wanted))
    db.flush()
    return len(found)


def _notes(db: Session, wanted: re.Pattern[str]) -> int:
    """A note of the audit goes as a whole: its hash stands in the chain."""
    rows = db.execute(select(AuditNote.seq, AuditNote.text))
    found = [seq for seq, text in rows if wanted.search(text)]
    db.execute(delete(AuditNote).where(AuditNote.seq.in_(found)))
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

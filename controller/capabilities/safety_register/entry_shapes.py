"""Builds entries for the API and the pages, with names, additions and readings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.safety_register.models import (
    AdditionKind,
    SafetyAddition,
    SafetyReading,
)
from controller.capabilities.safety_register.models import SafetyEntry as Row
from controller.capabilities.safety_register.permissions import SAFETY_ANSWER
from controller.capabilities.safety_register.reading import is_unread, reader
from controller.capabilities.safety_register.shapes import Addition, Reading, SafetyEntry
from controller.kernel.actor import Actor
from controller.kernel.names import names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Details:
    """Names, additions and readings of several entries, read together."""

    additions: Mapping[str, list[SafetyAddition]]
    readings: Mapping[str, list[SafetyReading]]
    names: Mapping[str, str]
    unread: frozenset[str]


def shapes(db: Session, rows: Iterable[Row], actor: Actor) -> list[SafetyEntry]:
    """Return the entries for the API, with a fixed number of statements."""
    rows = list(rows)
    details = _read_details(db, rows, actor)
    return [_shape(row, details, actor) for row in rows]


def _read_details(db: Session, rows: list[Row], actor: Actor) -> _Details:
    ids = [row.id for row in rows]
    additions: dict[str, list[SafetyAddition]] = defaultdict(list)
    readings: dict[str, list[SafetyReading]] = defaultdict(list)
    added = select(SafetyAddition).where(SafetyAddition.entry_id.in_(ids))
    for addition in db.scalars(added.order_by(SafetyAddition.id)):
        additions[addition.entry_id].append(addition)
    reading_rows = select(SafetyReading).where(SafetyReading.entry_id.in_(ids))
    for reading in db.scalars(reading_rows.order_by(SafetyReading.at)):
        readings[reading.entry_id].append(reading)
    people = {addition.by for addition in chain(*additions.values())}
    people |= {reading.by for reading in chain(*readings.values())}
    people |= {ref for row in rows for ref in (row.written_by, row.annulled_by) if ref}
    people |= {f"member:{row.member_id}" for row in rows if row.member_id}
    unread_ids = db.scalars(select(Row.id).where(Row.id.in_(ids), is_unread(actor)))
    return _Details(
        additions=additions,
        readings=readings,
        names=names_of(db, people),
        unread=frozenset(unread_ids),
    )


def _shape(row: Row, details: _Details, actor: Actor) -> SafetyEntry:
    names = details.names
    shows_details = actor.may(SAFETY_ANSWER, row.site_id) or row.written_by == reader(actor)
    member = row.member_id if shows_details else None
    return SafetyEntry(
        id=row.id,
        site_id=row.site_id,
        year=row.year,
        kind=row.kind,
        happened_at=row.happened_at,
        access_point=row.access_point_id,
        zone_id=row.zone_id,
        place=row.place,
        account=row.account,
        anybody_hurt=bool(row.member_id or row.hurt or row.injury),
        hurt=(names.get(f"member:{member}") if member else row.hurt) if shows_details else None,
        member_id=member,
        injury=row.injury if shows_details else None,
        done=row.done,
        measures=row.measures,
        additions=tuple(
            Addition(
                kind=addition.kind, text=addition.text, by=names.get(addition.by), at=addition.at
            )
            for addition in details.additions[row.id]
            if shows_details or addition.kind is not AdditionKind.CARE
        ),
        written_by=names.get(row.written_by),
        written_at=row.written_at,
        readings=tuple(
            Reading(by=names.get(reading.by), at=reading.at) for reading in details.readings[row.id]
        ),
        read=row.id not in details.unread,
        annulled_by=names.get(row.annulled_by or ""),
        annulled_at=row.annulled_at,
        annulled_because=row.annulled_because,
        version=row.row_version,
    )

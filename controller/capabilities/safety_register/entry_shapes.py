"""Build entries for the API and the pages, with names, additions and readings."""

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
class _Beside:
    """Names, additions and readings of several entries, read at once."""

    additions: Mapping[str, list[SafetyAddition]]
    readings: Mapping[str, list[SafetyReading]]
    names: Mapping[str, str]
    unread: frozenset[str]


def shapes(db: Session, rows: Iterable[Row], actor: Actor) -> list[SafetyEntry]:
    """Return the entries as the API shows them; reads as many statements for many as for one."""
    rows = list(rows)
    beside = _beside(db, rows, actor)
    return [_shape(row, beside, actor) for row in rows]


def _beside(db: Session, rows: list[Row], actor: Actor) -> _Beside:
    ids = [row.id for row in rows]
    additions: dict[str, list[SafetyAddition]] = defaultdict(list)
    readings: dict[str, list[SafetyReading]] = defaultdict(list)
    added = select(SafetyAddition).where(SafetyAddition.entry_id.in_(ids))
    for addition in db.scalars(added.order_by(SafetyAddition.id)):
        additions[addition.entry_id].append(addition)
    read = select(SafetyReading).where(SafetyReading.entry_id.in_(ids))
    for reading in db.scalars(read.order_by(SafetyReading.at)):
        readings[reading.entry_id].append(reading)
    people = {addition.by for addition in chain(*additions.values())}
    people |= {reading.by for reading in chain(*readings.values())}
    people |= {ref for row in rows for ref in (row.written_by, row.annulled_by) if ref}
    people |= {f"member:{row.member_id}" for row in rows if row.member_id}
    unread = db.scalars(select(Row.id).where(Row.id.in_(ids), is_unread(actor)))
    return _Beside(
        additions=additions, readings=readings, names=names_of(db, people), unread=frozenset(unread)
    )


def _shape(row: Row, beside: _Beside, actor: Actor) -> SafetyEntry:
    names = beside.names
    told = actor.may(SAFETY_ANSWER, row.site_id) or row.written_by == reader(actor)
    member = row.member_id if told else None
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
        hurt=(names.get(f"member:{member}") if member else row.hurt) if told else None,
        member_id=member,
        injury=row.injury if told else None,
        done=row.done,
        measures=row.measures,
        additions=tuple(
            Addition(
                kind=addition.kind, text=addition.text, by=names.get(addition.by), at=addition.at
            )
            for addition in beside.additions[row.id]
            if told or addition.kind is not AdditionKind.CARE
        ),
        written_by=names.get(row.written_by),
        written_at=row.written_at,
        readings=tuple(
            Reading(by=names.get(reading.by), at=reading.at) for reading in beside.readings[row.id]
        ),
        read=row.id not in beside.unread,
        annulled_by=names.get(row.annulled_by or ""),
        annulled_at=row.annulled_at,
        annulled_because=row.annulled_because,
        version=row.row_version,
    )

"""Make the projections again from the stored events, and compare: `loquet db rebuild`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, text, tuple_, update
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.alarms.projection import raises_alarm
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.hub.projections_list import project
from controller.kernel.happened import Happened, happened
from controller.kernel.journal import CLEARING, EventRow, JournalName, StreamState
from controller.kernel.journal_where import moment
from controller.kernel.outbox import tell_nothing
from controller.policy.touch import TOUCHED_BY_HAND
from controller.store.base import Base
from controller.wire.events import SessionStarted, WindowOpened

CHUNK = 500
_KEYS: tuple[tuple[type[Base], str], ...] = ((SessionRow, "id"), (WindowRow, "id"), (Alarm, "key"))
_BY_HAND: dict[str, tuple[str, ...]] = {
    Alarm.__tablename__: ("id", "taken_by", "taken_at", "resolved_by", "resolved_at", "remark"),
    SessionRow.__tablename__: (
        "organisation_id",
        "project_id",
        "course_session_id",
        "booked_by",
        "row_version",
    ),
}
"""Columns that no event tells; they are kept."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A projected row that was not what the events say; it is now."""

    table: str
    key: str
    what: str
    """`missing`, `should not be there`, or the names of the columns that differ."""


Rows = dict[tuple[str, str], dict[str, Any]]


def rebuild(db: Session) -> list[Difference]:
    """Replace what can be made again; returns how it differed from what was there.

    What retention has taken the beginning of is frozen: it stays as it is. The caller commits.
    """
    remade = _beginnings(db)
    before, days = _read(db, remade), _days(db)
    _remove(db, remade)
    for events in _events(db):
        project(db, [each for each in events if not _is_frozen(each, remade)])
        db.flush()
        db.expunge_all()
    _keep_what_people_did(db, before)
    totals.recount(db)
    tell_nothing(db)
    found = [*_compare(before, _read(db, remade)), *_compare(days, _days(db))]
    return sorted(found, key=lambda each: (each.table, each.key))


def _beginnings(db: Session) -> dict[str, set[str]]:
    """Keys, by table, of all that still has the event with which it begins."""
    found: dict[str, set[str]] = {model.__tablename__: set() for model, _ in _KEYS}
    for events in _events(db):
        for each in events:
            if isinstance(each.event, SessionStarted):
                found[SessionRow.__tablename__].add(each.event.session_id)
            elif isinstance(each.event, WindowOpened):
                found[WindowRow.__tablename__].add(each.event.window_id)
            elif raises_alarm(each.event):
                found[Alarm.__tablename__].add(f"event:{each.event.event_id}")
    found[Alarm.__tablename__] -= _without_what_cleared(db)
    return found


def _without_what_cleared(db: Session) -> set[str]:
    """Alarms that are over by an event of which only the hash is left: they would come back."""
    gone = (
        select(StreamState.agent_id, JournalName.name, moment)
        .join(StreamState, StreamState.no == EventRow.stream_no)
        .join(JournalName, JournalName.no == EventRow.point_no)
        .where(EventRow.body.is_(None), text(CLEARING))
    )
    ends = {tuple(row) for row in db.execute(gone)}
    over = select(Alarm.key, Alarm.agent_id, Alarm.access_point_id, Alarm.cleared_at)
    return {key for key, *where in db.execute(over) if tuple(where) in ends}


def _events(db: Session) -> Iterator[list[Happened]]:
    """All events whose bytes are kept, in the order of their streams."""
    order = tuple_(EventRow.stream_no, EventRow.seq)
    statement = select(EventRow).where(EventRow.body.is_not(None)).limit(CHUNK)
    statement = statement.order_by(EventRow.stream_no, EventRow.seq)
    last: tuple[int, int] | None = None
    while True:
        query = statement if last is None else statement.where(order > last)
        rows = db.scalars(query).all()
        yield [each for row in rows for each in happened(row)]
        if len(rows) < CHUNK:
            return
        last = (rows[-1].stream_no, rows[-1].seq)


def _is_frozen(each: Happened, remade: dict[str, set[str]]) -> bool:
    session = getattr(each.event, "session_id", None)
    window = getattr(each.event, "window_id", None)
    if isinstance(session, str) and not raises_alarm(each.event):
        return session not in remade[SessionRow.__tablename__]
    return isinstance(window, str) and window not in remade[WindowRow.__tablename__]


def _read(db: Session, remade: dict[str, set[str]]) -> Rows:
    rows: Rows = {}
    for model, key in _KEYS:
        columns = model.__table__.c
        wanted = remade[model.__tablename__]
        for row in db.execute(select(*columns)):
            name = row._mapping[key]
            if name in wanted:
                rows[model.__tablename__, name] = dict(row._mapping)
    return rows


def _days(db: Session) -> Rows:
    """What days come to, but those that come to nothing any more."""
    columns = UsageDay.__table__.c
    keys = [column.name for column in UsageDay.__table__.primary_key]
    rows = [row._mapping for row in db.execute(select(*columns).where(columns.sessions != 0))]
    table = UsageDay.__tablename__
    return {(table, "/".join(str(row[key]) for key in keys)): dict(row) for row in rows}


def _remove(db: Session, remade: dict[str, set[str]]) -> None:
    for model, key in _KEYS:
        names = sorted(remade[model.__tablename__])
        for start in range(0, len(names), CHUNK):
            column = model.__table__.c[key]
            # The projection touches the policy row of each window that it makes again.
            db.execute(
                delete(model).where(column.in_(names[start : start + CHUNK])),
                execution_options={TOUCHED_BY_HAND: True},
            )


def _keep_what_people_did(db: Session, before: Rows) -> None:
    columns = {model.__tablename__: (model, key) for model, key in _KEYS}
    for (table, key), row in before.items():
        model, name = columns[table]
        kept = {each: row[each] for each in _kept(table, row)}
        if kept:
            db.execute(
                update(model).where(model.__table__.c[name] == key).values(**kept),
                execution_options={TOUCHED_BY_HAND: True},
            )


def _kept(table: str, row: dict[str, Any]) -> tuple[str, ...]:
    """A window's end is kept when somebody, or the clock, has ended it, and not a tap."""
    if table == WindowRow.__tablename__ and row["closed_by"] is not None:
        return ("closed_at", "closed_by")
    return _BY_HAND.get(table, ())


def _compare(before: Rows, after: Rows) -> Iterator[Difference]:
    for table, key in before.keys() | after.keys():
        old, new = before.get((table, key)), after.get((table, key))
        if old is None:
            yield Difference(table, key, "missing")
        elif new is None:
            yield Difference(table, key, "should not be there")
        elif changed := [name for name in new if new[name] != old[name]]:
            yield Difference(table, key, ", ".join(changed))

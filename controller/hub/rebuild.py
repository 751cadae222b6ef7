"""Rebuilds the projections from stored events, and compares: `loquet db rebuild`."""

from collections.abc import Callable, Iterator

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.kernel.merged_events import with_merged_members
from controller.kernel.outbox import discard_news
from controller.kernel.projections import (
    Difference,
    ProjectedTable,
    Projection,
    Rows,
    StoredEvent,
    decoded_events,
)
from controller.policy.invalidation import INVALIDATED_BY_HAND

CHUNK = 500
"""Rows per query."""
Keys = dict[str, set[str]]
"""Keys by table name."""


def rebuild(
    db: Session, progress: Callable[[int, int], None] = lambda done, total: None
) -> list[Difference]:
    """Rebuild the projections; return how they differ from the old ones.

    Rows whose first event was deleted by retention stay unchanged. `progress` is called with the
    number of events that are done and of all. The caller commits.
    """
    projections: tuple[Projection, ...] = db.info["house"].projections
    tables = [table for projection in projections for table in projection.tables]
    keys = _rebuildable_keys(db, tables)
    before, derived = _read(db, tables, keys), _derived_rows(db, projections)
    _remove(db, tables, keys)
    total = db.scalar(select(func.count(EventRow.body))) or 0
    for number, events in enumerate(_events(db), 1):
        rebuildable = [event for event in events if not _is_frozen(event, tables, keys)]
        for projection in projections:
            projection.project(db, rebuildable)
        db.flush()
        db.expunge_all()
        progress(min(number * CHUNK, total), total)
    _restore_edits(db, tables, before)
    for projection in projections:
        projection.recount(db)
    discard_news(db)
    after = _read(db, tables, keys)
    differences = [*_compare(before, after), *_compare(derived, _derived_rows(db, projections))]
    return sorted(differences, key=lambda difference: (difference.table, difference.key))


def correct(db: Session, now: Utc) -> list[Difference]:
    """Correct derived data that are not projected row by row; return the differences.

    The caller commits.
    """
    projections: tuple[Projection, ...] = db.info["house"].projections
    return [
        difference
        for projection in projections
        if projection.correct
        for difference in projection.correct(db, now)
    ]


def _rebuildable_keys(db: Session, tables: list[ProjectedTable]) -> Keys:
    """Return, by table, the keys of all rows whose first event still exists."""
    keys: Keys = {table.model.__tablename__: set() for table in tables}
    for events in _events(db):
        for event in events:
            for table in tables:
                if (key := table.start_key(event.event)) is not None:
                    keys[table.model.__tablename__].add(key)
    for table in tables:
        keys[table.model.__tablename__] -= table.forgotten_keys(db)
    return keys


def _events(db: Session) -> Iterator[list[StoredEvent]]:
    """Yield all events whose bytes are kept, in chunks, in the order of their streams."""
    order = tuple_(EventRow.stream_no, EventRow.seq)
    statement = select(EventRow).where(EventRow.body.is_not(None)).limit(CHUNK)
    statement = statement.order_by(EventRow.stream_no, EventRow.seq)
    last: tuple[int, int] | None = None
    while True:
        query = statement if last is None else statement.where(order > last)
        rows = db.scalars(query).all()
        yield with_merged_members(db, [event for row in rows for event in decoded_events(row)])
        if len(rows) < CHUNK:
            return
        last = (rows[-1].stream_no, rows[-1].seq)


def _is_frozen(event: StoredEvent, tables: list[ProjectedTable], keys: Keys) -> bool:
    """Return whether the event belongs to a row whose first event was deleted."""
    for table in tables:
        if (key := table.row_key(event.event)) is not None:
            return key not in keys[table.model.__tablename__]
    return False


def _read(db: Session, tables: list[ProjectedTable], keys: Keys) -> Rows:
    rows: Rows = {}
    for projected in tables:
        table = projected.model.__tablename__
        for row in db.execute(select(*projected.model.__table__.c)):
            if (name := row._mapping[projected.key]) in keys[table]:
                rows[table, name] = dict(row._mapping)
    return rows


def _derived_rows(db: Session, projections: tuple[Projection, ...]) -> Rows:
    return {key: row for projection in projections for key, row in projection.derived(db).items()}


def _remove(db: Session, tables: list[ProjectedTable], keys: Keys) -> None:
    for table in tables:
        names = sorted(keys[table.model.__tablename__])
        for start in range(0, len(names), CHUNK):
            column = table.model.__table__.c[table.key]
            # The projection itself invalidates the policy rows of supervision windows it rebuilds.
            db.execute(
                delete(table.model).where(column.in_(names[start : start + CHUNK])),
                execution_options={INVALIDATED_BY_HAND: True},
            )


def _restore_edits(db: Session, tables: list[ProjectedTable], before: Rows) -> None:
    by_table = {projected.model.__tablename__: projected for projected in tables}
    for (table, key), row in before.items():
        projected = by_table[table]
        edits = {name: row[name] for name in projected.manual_columns(row)}
        if edits:
            db.execute(
                update(projected.model)
                .where(projected.model.__table__.c[projected.key] == key)
                .values(**edits),
                execution_options={INVALIDATED_BY_HAND: True},
            )


def _compare(before: Rows, after: Rows) -> Iterator[Difference]:
    for table, key in before.keys() | after.keys():
        old, new = before.get((table, key)), after.get((table, key))
        if old is None:
            yield Difference(table, key, "missing")
        elif new is None:
            yield Difference(table, key, "should not be there")
        elif changed := [name for name in new if new[name] != old[name]]:
            yield Difference(table, key, ", ".join(changed))

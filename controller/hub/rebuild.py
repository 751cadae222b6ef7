"""Rebuilds the projections from the stored events and compares them with the old ones: `loquet db
rebuild`."""

from collections.abc import Iterator

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.kernel.merged_events import as_kept
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


def rebuild(db: Session) -> list[Difference]:
    """Rebuild the projections; return how they differ from the old ones.

    A row whose first event has been deleted by retention is frozen: it stays as it is. The caller
    commits.
    """
    projections: tuple[Projection, ...] = db.info["house"].projections
    makes = [made for projection in projections for made in projection.makes]
    remade = _beginnings(db, makes)
    before, derived = _read(db, makes, remade), _derived(db, projections)
    _remove(db, makes, remade)
    for events in _events(db):
        left = [event for event in events if not _is_frozen(event, makes, remade)]
        for projection in projections:
            projection.project(db, left)
        db.flush()
        db.expunge_all()
    _keep_what_people_did(db, makes, before)
    for projection in projections:
        projection.recount(db)
    discard_news(db)
    after = _read(db, makes, remade)
    found = [*_compare(before, after), *_compare(derived, _derived(db, projections))]
    return sorted(found, key=lambda difference: (difference.table, difference.key))


def correct(db: Session, now: Utc) -> list[Difference]:
    """Correct derived data that are not projected row by row; return the differences.

    The caller commits.
    """
    projections: tuple[Projection, ...] = db.info["house"].projections
    return [
        one
        for projection in projections
        if projection.put_right
        for one in projection.put_right(db, now)
    ]


def _beginnings(db: Session, makes: list[ProjectedTable]) -> Keys:
    """Return, by table, the keys of all rows whose first event still exists."""
    found: Keys = {made.model.__tablename__: set() for made in makes}
    for events in _events(db):
        for event in events:
            for made in makes:
                if (key := made.begins(event.event)) is not None:
                    found[made.model.__tablename__].add(key)
    for made in makes:
        found[made.model.__tablename__] -= made.gone(db)
    return found


def _events(db: Session) -> Iterator[list[StoredEvent]]:
    """Yield all events whose bytes are kept, in chunks, in the order of their streams."""
    order = tuple_(EventRow.stream_no, EventRow.seq)
    statement = select(EventRow).where(EventRow.body.is_not(None)).limit(CHUNK)
    statement = statement.order_by(EventRow.stream_no, EventRow.seq)
    last: tuple[int, int] | None = None
    while True:
        query = statement if last is None else statement.where(order > last)
        rows = db.scalars(query).all()
        yield as_kept(db, [event for row in rows for event in decoded_events(row)])
        if len(rows) < CHUNK:
            return
        last = (rows[-1].stream_no, rows[-1].seq)


def _is_frozen(event: StoredEvent, makes: list[ProjectedTable], remade: Keys) -> bool:
    """Return whether the event belongs to a row that can't be rebuilt, because its first event is
    gone."""
    for made in makes:
        if (key := made.tells_of(event.event)) is not None:
            return key not in remade[made.model.__tablename__]
    return False


def _read(db: Session, makes: list[ProjectedTable], remade: Keys) -> Rows:
    rows: Rows = {}
    for made in makes:
        table = made.model.__tablename__
        for row in db.execute(select(*made.model.__table__.c)):
            if (name := row._mapping[made.key]) in remade[table]:
                rows[table, name] = dict(row._mapping)
    return rows


def _derived(db: Session, projections: tuple[Projection, ...]) -> Rows:
    return {key: row for projection in projections for key, row in projection.derived(db).items()}


def _remove(db: Session, makes: list[ProjectedTable], remade: Keys) -> None:
    for made in makes:
        names = sorted(remade[made.model.__tablename__])
        for start in range(0, len(names), CHUNK):
            column = made.model.__table__.c[made.key]
            # The projection itself invalidates the policy rows of supervision windows it rebuilds.
            db.execute(
                delete(made.model).where(column.in_(names[start : start + CHUNK])),
                execution_options={INVALIDATED_BY_HAND: True},
            )


def _keep_what_people_did(db: Session, makes: list[ProjectedTable], before: Rows) -> None:
    by_table = {made.model.__tablename__: made for made in makes}
    for (table, key), row in before.items():
        made = by_table[table]
        kept = {name: row[name] for name in made.by_hand(row)}
        if kept:
            db.execute(
                update(made.model).where(made.model.__table__.c[made.key] == key).values(**kept),
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

"""Insert rows of which some may exist already, on SQLite and on PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from controller.store.base import Base

Rows = Sequence[dict[str, Any]]


def insert_missing(db: Session, model: type[Base], rows: Rows) -> None:
    """Insert the rows that break no unique constraint; existing rows stay unchanged."""
    if rows:
        db.connection().execute(_insert(db, model).on_conflict_do_nothing(), rows)


def upsert(db: Session, model: type[Base], rows: Rows) -> None:
    """Insert rows, or update the given columns of those whose primary key exists.

    All rows must have the same columns.
    """
    if not rows:
        return
    keys = [column.name for column in _table(model).primary_key]
    statement = _insert(db, model)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    db.connection().execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changed), rows
    )


def add_sums(db: Session, model: type[Base], rows: Rows) -> None:
    """Insert rows, or add the given numbers to those of rows whose primary key exists.

    All rows must have the same columns.
    """
    if not rows:
        return
    table, statement = _table(model), _insert(db, model)
    keys = [column.name for column in table.primary_key]
    sums = {name: table.c[name] + statement.excluded[name] for name in rows[0] if name not in keys}
    db.connection().execute(statement.on_conflict_do_update(index_elements=keys, set_=sums), rows)


def insert_all(db: Session, model: type[Base], rows: Rows) -> None:
    """Insert rows that are known not to exist yet."""
    if rows:
        db.connection().execute(_table(model).insert(), rows)


def insert_new(
    db: Session, model: type[Base], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> int:
    """Insert many rows without SQLAlchemy's type conversion; return how many were inserted.

    Rows that break a unique constraint are skipped and not counted.
    """
    if not rows:
        return 0
    mark = "?" if db.get_bind().dialect.paramstyle == "qmark" else "%s"
    names, marks = ", ".join(columns), ", ".join([mark] * len(columns))
    statement = (
        f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608  names of ours
    )
    return db.connection().exec_driver_sql(statement, list(rows)).rowcount


def add_up(db: Session, model: type[Base], key: Mapping[str, Any], column: str, number: int) -> int:
    """Add to a number of the row with this key, and return the sum; the row is created if missing.

    The row stays locked until the end of the transaction.
    """
    total, insert = _table(model).c[column], _insert(db, model)
    statement = insert.on_conflict_do_update(
        index_elements=list(key), set_={column: total + insert.excluded[column]}
    )
    sums = db.connection().execute(statement.returning(total), {**key, column: number})
    result: int = sums.scalar_one()
    return result


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _insert(db: Session, model: type[Base]) -> "sqlite.Insert | postgresql.Insert":
    if db.get_bind().dialect.name == "sqlite":
        return sqlite.insert(_table(model))
    return postgresql.insert(_table(model))

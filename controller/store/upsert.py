"""Insert rows of which some may exist already, on SQLite and on PostgreSQL."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from controller.store.base import Base

Rows = Sequence[dict[str, Any]]


def insert_missing(db: Session, model: type[Base], rows: Rows) -> None:
    """Insert the rows that break no unique constraint; existing rows stay unchanged."""
    if rows:
        db.connection().execute(_insert_missing(_dialect(db), model), rows)


def upsert(db: Session, model: type[Base], rows: Rows) -> None:
    """Insert rows, or update the given columns of those whose primary key exists.

    All rows must have the same columns.
    """
    if rows:
        db.connection().execute(_upsert(_dialect(db), model, tuple(rows[0])), rows)


def add_sums(db: Session, model: type[Base], rows: Rows) -> None:
    """Insert rows, or add the given numbers to those of rows whose primary key exists.

    All rows must have the same columns.
    """
    if rows:
        db.connection().execute(_add_sums(_dialect(db), model, tuple(rows[0])), rows)


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
    statement = _add_up(_dialect(db), model, tuple(key), column)
    sums = db.connection().execute(statement, {**key, column: number})
    result: int = sums.scalar_one()
    return result


# A group of events executes several of these statements. Building one costs more than executing it,
# so each is built once.

Insert = sqlite.Insert | postgresql.Insert


@cache
def _insert_missing(dialect: str, model: type[Base]) -> Insert:
    return _insert(dialect, model).on_conflict_do_nothing()


@cache
def _upsert(dialect: str, model: type[Base], names: tuple[str, ...]) -> Insert:
    statement, keys = _insert(dialect, model), _keys(model)
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@cache
def _add_sums(dialect: str, model: type[Base], names: tuple[str, ...]) -> Insert:
    table, statement, keys = _table(model), _insert(dialect, model), _keys(model)
    sums = {name: table.c[name] + statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=sums)


@cache
def _add_up(
    dialect: str, model: type[Base], keys: tuple[str, ...], column: str
) -> ReturningInsert[Any]:
    total, insert = _table(model).c[column], _insert(dialect, model)
    sums = {column: total + insert.excluded[column]}
    return insert.on_conflict_do_update(index_elements=list(keys), set_=sums).returning(total)


def _insert(dialect: str, model: type[Base]) -> Insert:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(_table(model))


def _dialect(db: Session) -> str:
    return db.get_bind().dialect.name


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _keys(model: type[Base]) -> list[str]:
    return [column.name for column in _table(model).primary_key]

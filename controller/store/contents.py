"""A summary of a database by which two copies can be compared: for each table the number of rows,
and a digest that does not depend on their order."""

import sqlite3
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Connection

_BYTES = 16
"""Bytes of a row's digest in SQLite."""
_SEEDS = (0, 7)
"""PostgreSQL's hash has only 8 bytes, so each row is hashed with two seeds."""


class Table(NamedTuple):
    """A table's number of rows, and the sum of their digests."""

    rows: int
    digest: str


Contents = dict[str, Table]


def of_sqlite(connection: sqlite3.Connection) -> Contents:
    """Return the contents of all tables; consistent if a transaction is open.

    Raises sqlite3.Error.
    """
    connection.text_factory = bytes  # unconverted, as it is stored
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
    ).fetchall()
    return {name.decode(): _table(connection, name.decode()) for (name,) in sorted(names)}


def of_postgresql(connection: Connection) -> Contents:
    """Return the contents of all tables of the schema `public`, computed by the server."""
    names = connection.exec_driver_sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    sums = " || ':' || ".join(
        f"coalesce(sum(hashtextextended(t::text, {seed})::numeric), 0)::text" for seed in _SEEDS
    )
    return {
        name: Table(
            *connection.exec_driver_sql(
                f'SELECT count(*), {sums} FROM public."{name}" t'  # noqa: S608  names of our tables
            ).one()
        )
        for name in names.scalars().all()
    }


def differences(expected: Contents, actual: Contents) -> list[str]:
    """Return one line for each table that differs."""
    return [
        f"table {name}: {_summary(expected.get(name))}; in the copy: {_summary(actual.get(name))}"
        for name in sorted(expected.keys() | actual.keys())
        if expected.get(name) != actual.get(name)
    ]


def _table(connection: sqlite3.Connection, name: str) -> Table:
    rows = total = 0
    for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608  names of our tables
        rows += 1
        total += int.from_bytes(blake2b(repr(row).encode(), digest_size=_BYTES).digest())
    return Table(rows, f"{total % 2 ** (8 * _BYTES):032x}")


def _summary(table: Table | None) -> str:
    return "missing" if table is None else f"{table.rows} rows ({table.digest[:8]})"

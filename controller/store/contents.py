"""What a database holds, in figures that two copies can be compared by: each table's rows, and a
digest of them that asks for no order."""

import sqlite3
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Connection

_BYTES = 16
_SEEDS = (0, 7)


class Table(NamedTuple):
    """How many rows it has, and the sum of their digests."""

    rows: int
    digest: str


Contents = dict[str, Table]


def of_sqlite(connection: sqlite3.Connection) -> Contents:
    """Of every table, in one view if the connection is in a transaction. Raises sqlite3.Error."""
    connection.text_factory = bytes  # as it is stored, whatever it is
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
    ).fetchall()
    return {name.decode(): _table(connection, name.decode()) for (name,) in sorted(names)}


def of_postgresql(connection: Connection) -> Contents:
    """Of every table of the schema `public`, reckoned by the server."""
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


def differences(wanted: Contents, found: Contents) -> list[str]:
    """One line for each table that is not the same in both."""
    return [
        f"table {name}: {_said(wanted.get(name))}, and in the copy {_said(found.get(name))}"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]


def _table(connection: sqlite3.Connection, name: str) -> Table:
    rows = total = 0
    for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608  names of our tables
        rows += 1
        total += int.from_bytes(blake2b(repr(row).encode(), digest_size=_BYTES).digest())
    return Table(rows, f"{total % 2 ** (8 * _BYTES):032x}")


def _said(table: Table | None) -> str:
    return "not there" if table is None else f"{table.rows} rows ({table.digest[:8]})"

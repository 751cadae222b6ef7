"""Runs PostgreSQL's client programs, which back up and restore its databases."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from controller.store import contents, in_use
from controller.store.contents import Contents
from controller.store.engine import first_line
from controller.store.unavailable import DatabaseError

OLD_SCHEMA = "before_restore"
"""The schema that keeps what a restore has replaced."""
PSQL = (
    "--no-psqlrc",
    "--quiet",
    "--single-transaction",
    "--set=ON_ERROR_STOP=1",
    "--output=/dev/null",
)
_MISSING = "is not installed; install PostgreSQL's client programs (postgresql-client)"


def dump(url: URL, file: Path, *options: str) -> None:
    """Write the database to a file. Raises DatabaseError."""
    exclude = f"--exclude-schema={OLD_SCHEMA}"
    run("pg_dump", url, ["--format=custom", exclude, f"--file={file}", *options])


def dump_counted(url: URL, file: Path) -> Contents:
    """Write the database to a file; return its expected contents, read from the same snapshot.

    Raises DatabaseError.
    """
    engine = create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            expected = contents.of_postgresql(connection)
            dump(url, file, f"--snapshot={snapshot}")
            return expected
    except DBAPIError as error:
        raise DatabaseError(f"the database cannot be read: {first_line(error)}") from error


def statements(file: Path) -> bytes:
    """Return a dump's content as SQL statements for `psql`. Raises DatabaseError."""
    options = ["--no-owner", "--no-privileges", "--file=-", str(file)]
    return run("pg_restore", None, options)


@contextmanager
def scratch_database(url: URL) -> Iterator[URL]:
    """Create an empty database on the same server for the duration of the block.

    Raises DatabaseError.
    """
    name = f"loquet_verify_{os.urandom(6).hex()}"
    server = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    except DBAPIError as error:
        raise DatabaseError(
            f"no scratch database to verify in: {first_line(error)}; let the role make one:"
            f" ALTER ROLE {url.username or 'loquet'} CREATEDB"
        ) from error
    scratch = url.set(database=name)
    try:
        run("psql", scratch, PSQL, b"DROP SCHEMA public; CREATE SCHEMA public;\n")
        yield scratch
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def run(program: str, url: URL | None, options: Sequence[str], stdin: bytes = b"") -> bytes:
    """Run a PostgreSQL program and return its output. Raises DatabaseError.

    The password is passed in the environment, which other users can't read.
    """
    command, environment = [program, *options], dict(os.environ)
    if url is not None:
        command.append(f"--dbname={in_use.libpq(url._replace(password=None))}")
        if url.password is not None:
            environment["PGPASSWORD"] = str(url.password)
    try:
        process = subprocess.run(command, env=environment, input=stdin, capture_output=True)
    except FileNotFoundError as error:
        raise DatabaseError(f"{program} {_MISSING}") from error
    if process.returncode:
        lines = process.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise DatabaseError(f"{program} failed: {lines[0]}")
    return process.stdout

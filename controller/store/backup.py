"""Copy a database out and back in: SQLite's by itself, PostgreSQL's by its own programs."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from controller.store import in_use
from controller.store.engine import DatabaseError, parse

_DUMP = b"PGDMP"
_CLEAN = b"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"
_PSQL = (
    "--no-psqlrc",
    "--quiet",
    "--single-transaction",
    "--set=ON_ERROR_STOP=1",
    "--output=/dev/null",
)
_MISSING = "is not installed; install PostgreSQL's client programs (postgresql-client)"


def backup(url: str, file: Path) -> None:
    """Copy the database to a new file, consistent while it is written. Raises DatabaseError."""
    parsed = parse(url)
    source = Path(str(parsed.database))
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and not source.exists():
        raise DatabaseError(f"there is no database at {source}; run loquet init")
    if file.exists():
        raise DatabaseError(f"{file} exists already; name a new file")
    try:
        file.touch(mode=0o600, exist_ok=False)  # its owner's alone: it names people
    except OSError as error:
        raise DatabaseError(f"{file} cannot be written: {error.strerror}") from error
    if is_sqlite:
        _write_out(source, file)
        return
    try:
        _run("pg_dump", parsed, ["--format=custom", f"--file={file}"])
    except DatabaseError:
        file.unlink()
        raise


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold the database alone while the block runs. Raises DatabaseError when somebody uses it."""
    try:
        with in_use.alone(parse(url)):
            yield
    except in_use.InUse as error:
        raise DatabaseError(
            "the database is in use; stop loquet-serve, loquet-hub and loquet-web"
            " (systemctl stop 'loquet-*') and whatever else has it open, then restore again"
        ) from error
    except OSError as error:
        raise DatabaseError(f"the database cannot be locked: {error}") from error


def restore(file: Path, url: str) -> None:
    """Replace the database's content by a backup's, wholly or not at all. Raises DatabaseError.

    The caller holds the database alone, and then upgrades it and raises the epoch, so that agents
    take it although it is older.
    """
    parsed = parse(url)
    if not file.exists():
        raise DatabaseError(f"there is no backup at {file}")
    if parsed.get_backend_name() == "sqlite":
        _refuse_foreign(file)
        _copy(file, Path(str(parsed.database)))
    else:
        _refuse_other_dump(file)
        _run("psql", parsed, _PSQL, _CLEAN + _statements(file))


def _statements(file: Path) -> bytes:
    options = ["--no-owner", "--no-privileges", "--file=-", str(file)]
    return _run("pg_restore", None, options)


def _run(program: str, url: URL | None, options: Sequence[str], given: bytes = b"") -> bytes:
    """Run a program of PostgreSQL's. The password goes in its environment, which is its own."""
    command, environment = [program, *options], dict(os.environ)
    if url is not None:
        command.append(f"--dbname={in_use.libpq(url._replace(password=None))}")
        if url.password is not None:
            environment["PGPASSWORD"] = str(url.password)
    try:
        done = subprocess.run(command, env=environment, input=given, capture_output=True)
    except FileNotFoundError as error:
        raise DatabaseError(f"{program} {_MISSING}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise DatabaseError(f"{program} failed: {said[0]}")
    return done.stdout


def _write_out(source: Path, target: Path) -> None:
    """Row by row, not page by page: nothing that was deleted can come along."""
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise DatabaseError(f"copying {source} to {target} failed: {error}") from error


def _copy(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
            read.backup(write)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"copying {source} to {target} failed: {error}") from error


def _refuse_foreign(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise DatabaseError(f"{file} is not a backup of Loquet: {error}") from error


def _refuse_other_dump(file: Path) -> None:
    with file.open("rb") as start:
        is_dump = start.read(len(_DUMP)) == _DUMP
    if not is_dump or b" alembic_version " not in _run("pg_restore", None, ["--list", str(file)]):
        raise DatabaseError(
            f"{file} is not a backup of Loquet: loquet db backup, or pg_dump --format=custom,"
            " makes one"
        )

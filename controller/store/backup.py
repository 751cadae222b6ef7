"""Copy a SQLite database out and back in, consistent even while it is written."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from controller.store.engine import DatabaseError


def backup(url: str, file: Path) -> None:
    """Copy the database to a new file. Raises DatabaseError."""
    source = _file_of(url)
    if not source.exists():
        raise DatabaseError(f"there is no database at {source}; run loquet init")
    if file.exists():
        raise DatabaseError(f"{file} exists already; name a new file")
    try:
        file.touch(mode=0o600, exist_ok=False)  # its owner's alone: it names people
    except OSError as error:
        raise DatabaseError(f"{file} cannot be written: {error.strerror}") from error
    _write_out(source, file)


def restore(file: Path, url: str) -> None:
    """Replace the database's content by a backup's. Raises DatabaseError.

    The caller then upgrades it and raises the epoch, so that agents take it although it is older.
    """
    target = _file_of(url)
    if not file.exists():
        raise DatabaseError(f"there is no backup at {file}")
    _refuse_foreign(file)
    _copy(file, target)


def _file_of(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise DatabaseError(
            "this is for SQLite; back PostgreSQL up with pg_dump, as docs/run.md says"
        )
    return Path(parsed.database)


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

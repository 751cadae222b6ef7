"""Copies a database to a file, with SQLite's commands or PostgreSQL's programs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from controller.store import contents
from controller.store.contents import Contents
from controller.store.engine import first_line, parse
from controller.store.postgresql import dump, dump_counted
from controller.store.unavailable import DatabaseError


def backup(url: str, file: Path) -> None:
    """Copy the database, in a consistent state, to a new file. Raises DatabaseError."""
    parsed = _new_file(url, file)
    with deleted_on_failure(file):
        if parsed.get_backend_name() == "sqlite":
            _write_out(Path(str(parsed.database)), file)
        else:
            dump(parsed, file)


def counted_backup(url: str, file: Path) -> Contents:
    """Make a backup; return its expected contents, read from the same snapshot.

    Raises DatabaseError.
    """
    parsed = _new_file(url, file)
    with deleted_on_failure(file):
        if parsed.get_backend_name() == "sqlite":
            return _write_out_counted(Path(str(parsed.database)), file)
        return dump_counted(parsed, file)


def contents_of(url: str) -> Contents:
    """Return the current contents of a database. Raises DatabaseError."""
    parsed = parse(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            with closing(open_to_read(Path(str(parsed.database)))) as connection:
                return contents.of_sqlite(connection)
        with create_engine(parsed, poolclass=NullPool).connect() as connection:
            return contents.of_postgresql(connection)
    except (sqlite3.Error, DBAPIError) as error:
        raise DatabaseError(f"the database cannot be read: {first_line(error)}") from error


@contextmanager
def deleted_on_failure(file: Path) -> Iterator[None]:
    """Delete the file if the block fails, so that nobody takes an incomplete copy for a backup."""
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def open_to_read(file: Path) -> sqlite3.Connection:
    """Open a database file read-only. Raises sqlite3.Error."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def open_to_write(file: Path) -> sqlite3.Connection:
    """Open a database file for writing; the caller begins transactions. Raises sqlite3.Error."""
    return sqlite3.connect(file, isolation_level=None)


def _new_file(url: str, file: Path) -> URL:
    """Create the empty file, readable by its owner only since it will contain personal data.

    Returns the parsed URL.
    """
    parsed = parse(url)
    source = Path(str(parsed.database))
    if parsed.get_backend_name() == "sqlite" and not source.exists():
        raise DatabaseError(f"there is no database at {source}; run loquet init")
    if file.exists():
        raise DatabaseError(f"{file} exists already; name a new file")
    if not file.parent.is_dir():
        raise DatabaseError(f"{file} cannot be written: make the folder {file.parent} first")
    try:
        file.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise DatabaseError(f"{file} cannot be written: {error.strerror}") from error
    return parsed


def _write_out(source: Path, target: Path) -> None:
    """Copy rows instead of pages, so that no deleted data is copied."""
    try:
        with closing(open_to_write(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise DatabaseError(f"copying {source} to {target} failed: {error}") from error


def _write_out_counted(source: Path, target: Path) -> Contents:
    """Count and copy in one transaction.

    Only a copy of pages can be made in a transaction; VACUUM then drops deleted data.
    """
    try:
        with closing(open_to_read(source)) as read, closing(open_to_write(target)) as write:
            read.execute("BEGIN")
            expected = contents.of_sqlite(read)
            read.backup(write)
            write.execute("VACUUM")
            return expected
    except sqlite3.Error as error:
        raise DatabaseError(f"copying {source} to {target} failed: {error}") from error

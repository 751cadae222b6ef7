"""Restores a database from a backup: checks it, prepares it beside the database, and swaps them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from controller.store import in_use
from controller.store.backup import deleted_on_failure, open_to_read, open_to_write
from controller.store.engine import first_line, parse
from controller.store.postgresql import OLD_SCHEMA, PSQL, run, scratch_database, statements
from controller.store.unavailable import DatabaseError

NOTE_PREFIX = "loquet: a restore is not finished "
"""PostgreSQL: the comment on the schema begins so until the restore has increased the epoch; the
rest is the restore's note."""
_DUMP = b"PGDMP"
_RENAME_OLD = f"""
DROP SCHEMA IF EXISTS {OLD_SCHEMA} CASCADE;
ALTER SCHEMA public RENAME TO {OLD_SCHEMA};
"""
_DROP_UNFINISHED = "DROP SCHEMA public CASCADE;\n"
_CREATE = "CREATE SCHEMA public;\nCOMMENT ON SCHEMA public IS '{note}';\n"
NOTE_QUERY = "SELECT obj_description('public'::regnamespace, 'pg_namespace')"
"""Query for that comment."""


@contextmanager
def exclusive_use(url: str) -> Iterator[None]:
    """Use the database exclusively during the block. Raises DatabaseError if it is in use."""
    with ExitStack() as stack:
        try:
            stack.enter_context(in_use.exclusive_use(parse(url)))
        except in_use.InUse as error:
            raise DatabaseError(
                "the database is in use; stop loquet-serve, loquet-hub and loquet-web"
                " (systemctl stop 'loquet-*') and whatever else has it open, then try again"
            ) from error
        except OSError as error:
            raise DatabaseError(f"the database cannot be locked: {error}") from error
        yield


@contextmanager
def scratch_restore(file: Path, url: str, folder: Path) -> Iterator[str]:
    """Restore a backup to a scratch database for the duration of the block; yields its address.

    SQLite's is in `folder`, PostgreSQL's on the server of `url`. Raises DatabaseError.
    """
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        require_backup(file, url)
        copy = folder / "scratch.db"
        _copy(file, copy)
        yield f"sqlite:///{copy}"
        for path in folder.glob("scratch.db*"):
            path.unlink()
        return
    require_backup(file, url)
    with scratch_database(parsed) as scratch:
        run("psql", scratch, PSQL, statements(file))
        yield in_use.libpq(scratch)


def stage(file: Path, ready: Path) -> None:
    """Copy a SQLite backup to a file in which it is prepared. Raises DatabaseError."""
    for path in (ready, *(ready.with_name(ready.name + end) for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)  # of an interrupted restore
    ready.touch(mode=0o600)
    with deleted_on_failure(ready):
        _copy(file, ready)


def checkpoint(file: Path) -> None:
    """Write the contents of a SQLite file's journal into the file, so that it can be moved."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def restore_into_server(file: Path, url: str, note: str) -> None:
    """Replace PostgreSQL's schema by a backup's, completely or not at all.

    The old one is kept as schema `before_restore`; the new one has the comment `note` until
    `clear_note`. Raises DatabaseError.
    """
    content = statements(file)
    remove_old = _RENAME_OLD if unfinished_note(url) is None else _DROP_UNFINISHED
    new = _CREATE.format(note=(NOTE_PREFIX + note).replace("'", "''"))
    run("psql", parse(url), PSQL, (remove_old + new).encode() + content)


def unfinished_note(url: str) -> str | None:
    """Return the note of a restore that was interrupted before the epoch was increased, or None."""
    if parse(url).get_backend_name() == "sqlite":
        return None
    note = str(_query_server(url, NOTE_QUERY) or "")
    return note.removeprefix(NOTE_PREFIX) if note.startswith(NOTE_PREFIX) else None


def clear_note(connection: Connection) -> None:
    """Remove the note, in the transaction that increases the epoch."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("COMMENT ON SCHEMA public IS NULL")


def require_backup(file: Path, url: str) -> None:
    """Raise DatabaseError unless the file is a complete backup of this kind of database."""
    if not file.exists():
        where = "" if file.parent.is_dir() else f": there is no folder {file.parent}"
        raise DatabaseError(f"there is no backup at {file}{where}")
    if parse(url).get_backend_name() == "sqlite":
        _refuse_other_file(file)
    else:
        _refuse_other_dump(file)


def versions_of(file: Path, url: str) -> set[str]:
    """Return the schema versions in a backup. Raises DatabaseError."""
    return {row[0] for row in rows_of(file, url, "alembic_version", ["version_num"])}


def rows_of(file: Path, url: str, table: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the rows of a small table of a backup, as text, without restoring it."""
    if parse(url).get_backend_name() == "sqlite":
        selected = ", ".join(columns)
        with closing(open_to_read(file)) as connection:
            return connection.execute(f"SELECT {selected} FROM {table}").fetchall()  # noqa: S608
    options = ["--data-only", f"--table={table}", "--file=-", str(file)]
    lines = iter(run("pg_restore", None, options).decode().splitlines())
    head = next((line for line in lines if line.startswith("COPY ")), "COPY ()")
    names = [name.strip(' "') for name in head[head.index("(") + 1 : head.index(")")].split(",")]
    cells = (dict(zip(names, line.split("\t"), strict=True)) for line in _until_end(lines))
    return [tuple(cell[name] for name in columns) for cell in cells]


def _until_end(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == r"\.":
            return
        yield line


def _query_server(url: str, question: str) -> object:
    try:
        with create_engine(parse(url), poolclass=NullPool).connect() as connection:
            return connection.exec_driver_sql(question).scalar()
    except DBAPIError as error:
        raise DatabaseError(f"the database does not answer: {first_line(error)}") from error


def _copy(source: Path, target: Path) -> None:
    try:
        with closing(open_to_read(source)) as read, closing(open_to_write(target)) as write:
            read.backup(write)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"copying {source} to {target} failed: {error}") from error


def _refuse_other_file(file: Path) -> None:
    try:
        with closing(open_to_read(file)) as connection:
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (problem, *_) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        problem = f"it is not a database that can be read ({error})"
    if problem != "ok":
        raise DatabaseError(
            f"{file} is not a backup of Loquet, or not whole: {problem}; take another copy of it,"
            " or an older backup"
        )


def _refuse_other_dump(file: Path) -> None:
    with file.open("rb") as start:
        is_dump = start.read(len(_DUMP)) == _DUMP
    if not is_dump or b" alembic_version " not in run("pg_restore", None, ["--list", str(file)]):
        raise DatabaseError(
            f"{file} is not a backup of Loquet: loquet db backup, or pg_dump --format=custom,"
            " makes one"
        )

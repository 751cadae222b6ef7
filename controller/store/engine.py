"""Open a database, SQLite or PostgreSQL, so that both behave alike."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from controller.store import in_use

BUSY_TIMEOUT_MS = 30_000
"""SQLite has one writer, and no queue: of many web threads on a slow card some wait long."""


class DatabaseError(Exception):
    """A database that can't be used; the message is one line that says what to do."""


def open_database(url: str, *, shared: bool = True) -> Engine:
    """Return an engine for the URL (`sqlite:///FILE` or `postgresql+psycopg://…`).

    SQLite: WAL, foreign keys, `synchronous=FULL`, `secure_delete`, and `BEGIN IMMEDIATE` where a
    transaction writes. Errors never tell values, which may name people. `shared` False: for who
    holds it alone (`in_use`). Raises DatabaseError.
    """
    parsed = parse(url)
    engine = (
        _sqlite(parsed)
        if parsed.get_backend_name() == "sqlite"
        else create_engine(
            parsed, pool_pre_ping=True, isolation_level="READ COMMITTED", hide_parameters=True
        )
    )
    event.listen(engine, "handle_error", _tell_no_values)
    if shared:
        in_use.share(engine)
    try:
        with reader(engine).connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as problem:
        engine.dispose()
        raise DatabaseError(f"database {redacted_url(engine)}: {first_line(problem)}") from problem
    return engine


def _tell_no_values(context: ExceptionContext) -> None:
    """PostgreSQL's errors go on, on further lines, with the row: that would stand in a log."""
    original = context.original_exception
    message = str(original)
    cut = (message.splitlines() or [""])[0]
    for problem in (original, context.sqlalchemy_exception):
        if problem is not None and cut != message:
            problem.args = tuple(
                each.replace(message, cut) if isinstance(each, str) else each
                for each in problem.args
            )


def parse(url: str) -> URL:
    """The address, with the driver that we use. Raises DatabaseError."""
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise DatabaseError(
            "[database] url can't be read; write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from problem
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise DatabaseError(f"database {backend} is not supported; use sqlite or postgresql")
    return parsed.set(drivername="postgresql+psycopg") if backend == "postgresql" else parsed


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise DatabaseError("a SQLite database needs a file: write sqlite:///FILE")
    folder = Path(url.database).parent
    if not folder.is_dir():
        raise DatabaseError(
            f"database folder {folder} does not exist; create it, or run loquet init"
        )
    _make_private(Path(url.database))
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(file: Path) -> None:
    """A new file is its owner's alone: it names people. SQLite's side files follow it."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return  # it is there already, or SQLite says what is wrong


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin by itself: it would take the write lock too late, and a reader
    # that starts to write could then meet SQLITE_BUSY whatever the timeout.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        # What is deleted is overwritten: it must not be read in the file's free pages.
        "secure_delete=ON",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def drop_old_pages(engine: Engine) -> bool:
    """Have SQLite's side file forget what stood in rows before they were changed.

    Returns whether it has: somebody may be reading an older view. Other databases: always.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (row,) = cursor.fetchall()
        cursor.close()
    finally:
        connection.close()
    is_busy: int = row[0]
    return not is_busy


def reader(engine: Engine) -> Engine:
    """The same database for transactions that only read: one view of it, waiting for nobody."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(begin="DEFERRED")


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A maker of sessions; `expire_on_commit` is off so that what was read stays readable."""
    return sessionmaker(engine, expire_on_commit=False)


def redacted_url(engine: Engine) -> str:
    """The database's address without its password."""
    return engine.url.render_as_string(hide_password=True)


def first_line(problem: BaseException) -> str:
    """The first line of a driver's error, for a message of one line."""
    original = getattr(problem, "orig", None) or problem
    return str(original).strip().splitlines()[0]

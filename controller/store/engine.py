"""Opens a database, SQLite or PostgreSQL, so that both behave alike."""

import errno
import os
import tempfile
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from controller.store import in_use
from controller.store.sqlite_engine import make_sqlite
from controller.store.unavailable import (
    TEXTS,
    Cause,
    DatabaseError,
    DatabaseUnavailable,
    needs_reconnect,
    unavailable,
)

HASTY_MS = 1_500
"""How long interactive requests wait for a lock."""
CONNECT_S = 2
_NOTICE = {
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""libpq's defaults, unless the URL sets them: a server whose network is down is noticed after about
ten seconds. In seconds, except the last, which is in milliseconds."""
_MAY_BE_FULL = frozenset({Cause.DAMAGED, Cause.AWAY})
"""Causes that SQLite also reports if a file beside the database can't be created or extended."""
STATEMENTS = 2_000
"""How many compiled statements are cached; pages alone have some 650.

With SQLAlchemy's default of 500 some would be compiled again and again, which takes as long as
running them.
"""


def open_database(url: str, *, make: bool = False, exclusive: bool = False) -> Engine:
    """Return an engine for the URL (`sqlite:///FILE` or `postgresql+psycopg://…`).

    SQLite: WAL, foreign keys, `synchronous=FULL`, `secure_delete`, and `BEGIN IMMEDIATE` for
    transactions that write. Its file must exist, unless `make`, so that a file that was moved away
    is not replaced by an empty one. Errors never contain values, which may name people. An error
    that means that the database can't be used now is raised as DatabaseUnavailable. `exclusive`:
    the caller has exclusive use (`in_use`). Raises DatabaseError.
    """
    parsed = parse(url)
    is_file = parsed.get_backend_name() == "sqlite"
    engine = make_sqlite(parsed, make, STATEMENTS) if is_file else _postgresql(parsed)
    event.listen(engine, "handle_error", _remove_values)
    event.listen(engine, "handle_error", _unavailable, retval=True)
    if not exclusive:
        in_use.hold_shared_lock(engine)
    try:
        with read_only(engine).connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as problem:
        engine.dispose()
        cause = problem.cause if isinstance(problem, DatabaseUnavailable) else None
        message = TEXTS[cause] if cause is Cause.FULL else first_line(problem)
        raise DatabaseError(f"database {redacted_url(engine)}: {message}", cause) from problem
    return engine


def refusing_engine(cause: Cause) -> Engine:
    """Return an engine whose every use fails with that cause."""

    def refuse() -> None:
        raise DatabaseUnavailable(cause)

    return create_engine("sqlite://", creator=refuse)


def _remove_values(context: ExceptionContext) -> None:
    """Remove the values from PostgreSQL's errors, which could be logged."""
    original = context.original_exception
    message = str(original)
    cut = (message.splitlines() or [""])[0]
    for problem in (original, context.sqlalchemy_exception):
        if problem is not None and cut != message:
            problem.args = tuple(
                arg.replace(message, cut) if isinstance(arg, str) else arg for arg in problem.args
            )


def parse(url: str) -> URL:
    """Parse the URL and set the driver. Raises DatabaseError."""
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


def _unavailable(context: ExceptionContext) -> DatabaseUnavailable | None:
    """Convert a driver's error that means that the database is unavailable; None: another error."""
    problem = context.sqlalchemy_exception or context.original_exception
    error = unavailable(problem)
    if error is not None and error.cause in _MAY_BE_FULL and _is_disk_full(context.engine):
        error = DatabaseUnavailable(Cause.FULL, error.orig)
    if error is not None and needs_reconnect(error.cause):
        context.is_disconnect = True
    return error


def _is_disk_full(engine: Engine | None) -> bool:
    if engine is None or engine.dialect.name != "sqlite" or not engine.url.database:
        return False
    return is_full(Path(engine.url.database).parent)


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=CONNECT_S,
        isolation_level="READ COMMITTED",
        query_cache_size=STATEMENTS,
        hide_parameters=True,
        connect_args={key: seconds for key, seconds in _NOTICE.items() if key not in url.query},
    )
    event.listen(engine, "begin", _limit_locks)
    return engine


def _limit_locks(connection: Connection) -> None:
    wait_ms = connection.get_execution_options().get("wait_ms")
    if wait_ms is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(wait_ms)}")


def read_only(engine: Engine) -> Engine:
    """Return the engine for read-only transactions: consistent snapshots without locks."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(begin="DEFERRED")


def with_short_timeouts(engine: Engine) -> Engine:
    """Return the engine for interactive requests: DatabaseUnavailable after HASTY_MS."""
    return engine.execution_options(wait_ms=HASTY_MS)


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return a session maker; objects stay readable after a commit (`expire_on_commit` is off)."""
    return sessionmaker(engine, expire_on_commit=False)


def redacted_url(engine: Engine) -> str:
    """Return the database's URL without its password."""
    return engine.url.render_as_string(hide_password=True)


def first_line(problem: BaseException) -> str:
    """Return the first line of a driver's error, for a one-line message."""
    original = getattr(problem, "orig", None) or problem
    return str(original).strip().splitlines()[0]


# Whether a disk is full is found out by writing a file, since SQLite's errors don't say.

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BYTES = 65_536


def is_full(folder: Path) -> bool:
    """Return whether writing a file there fails: a full disk, a quota, or a limit."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        return problem.errno in _FULL
    return False

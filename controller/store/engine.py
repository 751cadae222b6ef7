"""Open a database, SQLite or PostgreSQL, so that both behave alike."""

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
    is_to_be_reopened,
    unavailable,
)

HASTY_MS = 1_500
"""How long a lock is waited for where a person or a program waits for the answer."""
CONNECT_S = 2
_NOTICE = {
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Of libpq, unless the address says otherwise: a server whose cable is out says nothing, and is
noticed after about ten seconds; seconds all but the last, which is milliseconds."""
_MAY_BE_FULL = frozenset({Cause.DAMAGED, Cause.AWAY})
"""Causes that SQLite also reports when a file beside the database can't be created or grow."""
STATEMENTS = 2_000
"""Kept compiled: pages alone ask some 650. Beyond SQLAlchemy's own 500, what is left out is
compiled again and again, each time for as long as it takes to run."""


def open_database(url: str, *, make: bool = False, shared: bool = True) -> Engine:
    """Return an engine for the URL (`sqlite:///FILE` or `postgresql+psycopg://…`).

    SQLite: WAL, foreign keys, `synchronous=FULL`, `secure_delete`, and `BEGIN IMMEDIATE` where a
    transaction writes. Its file must be there, unless `make`: one that was moved away is never
    taken for a new place. Errors never tell values, which may name people; one that says that the
    database can't be used now is a DatabaseUnavailable. `shared` False: for who holds it alone
    (`in_use`). Raises DatabaseError.
    """
    parsed = parse(url)
    is_file = parsed.get_backend_name() == "sqlite"
    engine = make_sqlite(parsed, make, STATEMENTS) if is_file else _postgresql(parsed)
    event.listen(engine, "handle_error", _tell_no_values)
    event.listen(engine, "handle_error", _unavailable, retval=True)
    if shared:
        in_use.share(engine)
    try:
        with reader(engine).connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as problem:
        engine.dispose()
        cause = problem.cause if isinstance(problem, DatabaseUnavailable) else None
        said = TEXTS[cause] if cause is Cause.FULL else first_line(problem)
        raise DatabaseError(f"database {redacted_url(engine)}: {said}", cause) from problem
    return engine


def refusing_engine(cause: Cause) -> Engine:
    """A database that can't be used, for that cause, for as long as the engine is."""

    def refuse() -> None:
        raise DatabaseUnavailable(cause)

    return create_engine("sqlite://", creator=refuse)


def _tell_no_values(context: ExceptionContext) -> None:
    """PostgreSQL's errors go on, on further lines, with the row: that would stand in a log."""
    original = context.original_exception
    message = str(original)
    cut = (message.splitlines() or [""])[0]
    for problem in (original, context.sqlalchemy_exception):
        if problem is not None and cut != message:
            problem.args = tuple(
                arg.replace(message, cut) if isinstance(arg, str) else arg for arg in problem.args
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


def _unavailable(context: ExceptionContext) -> DatabaseUnavailable | None:
    """The one translation of what drivers say; None leaves the error as it is."""
    problem = context.sqlalchemy_exception or context.original_exception
    found = unavailable(problem)
    if found is not None and found.cause in _MAY_BE_FULL and _is_disk_full(context.engine):
        found = DatabaseUnavailable(Cause.FULL, found.orig)
    if found is not None and is_to_be_reopened(found.cause):
        context.is_disconnect = True
    return found


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


def reader(engine: Engine) -> Engine:
    """The same database for transactions that only read: one view of it, waiting for nobody."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(begin="DEFERRED")


def hasty(engine: Engine) -> Engine:
    """The same database for whoever waits for an answer: DatabaseUnavailable after HASTY_MS."""
    return engine.execution_options(wait_ms=HASTY_MS)


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


# Whether a disk takes more: found by writing to it, for SQLite's errors don't say.

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BYTES = 65_536


def is_full(folder: Path) -> bool:
    """Whether a file that is written there finds no room: the disk, a quota, a limit."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        return problem.errno in _FULL
    return False

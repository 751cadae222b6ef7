"""Open a database, SQLite or PostgreSQL, so that both behave alike."""

from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.orm import Session, sessionmaker

from controller.store import in_use
from controller.store.sqlite_file import SqliteFile, create
from controller.store.turns import Turn, Turns
from controller.store.unavailable import Cause, DatabaseUnavailable, is_to_be_reopened, unavailable

BUSY_TIMEOUT_MS = 30_000
"""How long what nobody waits for waits for a lock: SQLite has one writer, and no queue."""
HASTY_MS = 1_500
"""The same where a person or a program waits for the answer."""
LEAST_MS = 50
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
TURN = "turn"
STATEMENTS = 2_000
"""Kept compiled: pages alone ask some 650. Beyond SQLAlchemy's own 500, what is left out is
compiled again and again, each time for as long as it takes to run."""
CACHE_KB = 1_000
"""Of each connection to SQLite; the kernel keeps the file's pages too."""


class DatabaseError(Exception):
    """A database that can't be used; the message is one line that says what to do."""


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
    engine = _sqlite(parsed, make) if is_file else _postgresql(parsed)
    event.listen(engine, "handle_error", _tell_no_values)
    event.listen(engine, "handle_error", _unavailable, retval=True)
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


def _unavailable(context: ExceptionContext) -> DatabaseUnavailable | None:
    """The one translation of what drivers say; None leaves the error as it is."""
    problem = context.sqlalchemy_exception or context.original_exception
    found = unavailable(problem)
    if found is not None and is_to_be_reopened(found.cause):
        context.is_disconnect = True
    return found


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=CONNECT_S,
        isolation_level="READ COMMITTED",
        query_cache_size=STATEMENTS,
        hide_parameters=True,
        connect_args={key: each for key, each in _NOTICE.items() if key not in url.query},
    )
    event.listen(engine, "begin", _limit_locks)
    return engine


def _limit_locks(connection: Connection) -> None:
    wait_ms = connection.get_execution_options().get("wait_ms")
    if wait_ms is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(wait_ms)}")


def _sqlite(url: URL, make: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise DatabaseError("a SQLite database needs a file: write sqlite:///FILE")
    folder = Path(url.database).parent
    if not folder.is_dir():
        raise DatabaseError(
            f"database folder {folder} does not exist; create it, or run loquet init"
        )
    file = SqliteFile(Path(url.database))
    if make:
        create(file.path)
    elif not file.path.exists():
        raise DatabaseError(
            f"database {file.path} is not there; put it back where it was, or run loquet init"
        )
    engine = create_engine(
        url,
        creator=partial(file.connect, BUSY_TIMEOUT_MS / 1000),
        query_cache_size=STATEMENTS,
        hide_parameters=True,
        max_overflow=-1,  # as many as there are threads: reading waits for nobody
        pool_use_lifo=True,  # so that few of them fill their cache
    )
    event.listen(engine, "connect", partial(_prepare_sqlite, file))
    event.listen(engine, "checkout", partial(_check_out, file))
    event.listen(engine, "checkin", _check_in)
    event.listen(engine, "begin", partial(_begin_sqlite, file, Turns()))
    event.listen(engine, "commit", partial(_commit, file))
    event.listen(engine, "engine_disposed", lambda _engine: file.close())
    return engine


def _prepare_sqlite(file: SqliteFile, connection: Any, record: Any) -> None:
    # The driver must not begin by itself (no `isolation_level`): it would take the write lock too
    # late, and a reader that starts to write could then meet SQLITE_BUSY whatever the timeout.
    record.info["inode"], record.info["wait_ms"] = file.require(), BUSY_TIMEOUT_MS
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        # What is deleted is overwritten: it must not be read in the file's free pages.
        "secure_delete=ON",
        f"cache_size=-{CACHE_KB}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _check_out(file: SqliteFile, _connection: object, record: Any, _proxy: object) -> None:
    """A connection to a file that was replaced by a copy of itself is made anew."""
    if record.info["inode"] != file.require():
        raise DisconnectionError


def _require_same(file: SqliteFile, connection: Connection) -> None:
    """What is about to be committed goes where everybody reads it, or nowhere."""
    if file.require() != connection.info["inode"]:
        raise DatabaseUnavailable(Cause.FOREIGN)


def _commit(file: SqliteFile, connection: Connection) -> None:
    try:
        _require_same(file, connection)
    except DatabaseUnavailable:
        connection.connection.rollback()  # SQLAlchemy takes it for ended
        raise


def _begin_sqlite(file: SqliteFile, turns: Turns, connection: Connection) -> None:
    _require_same(file, connection)
    options = connection.get_execution_options()
    mode, wait_ms = options.get("begin", "IMMEDIATE"), options.get("wait_ms", BUSY_TIMEOUT_MS)
    if mode == "IMMEDIATE" and TURN not in connection.info:
        connection.info[TURN], left_s = turns.take(wait_ms / 1000)
        wait_ms = max(LEAST_MS, int(1000 * left_s))
    if connection.info["wait_ms"] != wait_ms:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait_ms)}")
        connection.info["wait_ms"] = wait_ms
    connection.exec_driver_sql(f"BEGIN {mode}")


def _check_in(_connection: object, record: Any) -> None:
    if turn := record.info.pop(TURN, None):
        turn.release()


def turn_of(connection: Connection) -> Turn | None:
    """The turn to write that a connection has, for who must end it from another thread."""
    found: Turn | None = connection.info.get(TURN)
    return found


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

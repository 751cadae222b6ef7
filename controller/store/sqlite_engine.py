"""The SQLite engine: one writer at a time, in order of arrival; readers never wait."""

import threading
import time
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

from controller.store.sqlite_file import SqliteFile, create
from controller.store.unavailable import Cause, DatabaseError, DatabaseUnavailable

# The order in which the threads of a process write to SQLite: first come, first served.
#
# SQLite has no queue: a writer that finds it locked retries ten times a second, and hardly ever
# finds it free while a hub stores a backlog of events.


class Turn:
    """The right to write, until it is released; releasing it again does nothing."""

    def __init__(self, owner: "Turns") -> None:
        self._owner = owner
        self._is_over = False

    def release(self) -> None:
        """Let the next writer write."""
        self._owner.release(self)

    def end(self) -> bool:
        """End the turn; return False if it had ended before. Call it under the lock of `Turns`."""
        was_held, self._is_over = not self._is_over, True
        return was_held


class Turns:
    """A lock that is granted in the order of requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def take(self, wait_s: float) -> tuple[Turn, float]:
        """Wait for the lock; return the turn and the seconds that are left of `wait_s`.

        Raises DatabaseUnavailable after `wait_s`.
        """
        began_s = time.monotonic()
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return Turn(self), wait_s
            ready = threading.Event()
            self._waiting.append(ready)
        ready.wait(wait_s)
        with self._lock:
            if not ready.is_set():
                self._waiting.remove(ready)
                raise DatabaseUnavailable(Cause.LOCKED)
        return Turn(self), max(0.0, began_s + wait_s - time.monotonic())

    def release(self, turn: Turn) -> None:
        """End a turn and grant the lock to the next waiting thread."""
        with self._lock:
            if not turn.end():
                return
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


BUSY_TIMEOUT_MS = 30_000
"""How long background work waits for a lock; SQLite has a single writer and no queue."""
MIN_WAIT_MS = 50
TURN = "turn"


def make_sqlite(url: URL, make: bool, statements: int) -> Engine:
    """Return an engine for a file, with the locks that Loquet needs.

    `make`: create the file. `statements`: how many compiled statements are cached. Raises
    DatabaseError.
    """
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
        query_cache_size=statements,
        hide_parameters=True,
        max_overflow=-1,  # one per thread: readers never wait
        pool_use_lifo=True,  # so that few connections fill their cache
    )
    event.listen(engine, "connect", partial(_prepare_sqlite, file))
    event.listen(engine, "checkout", partial(_check_out, file))
    event.listen(engine, "checkin", _check_in)
    event.listen(engine, "begin", partial(_begin_sqlite, file, Turns()))
    event.listen(engine, "commit", partial(_commit, file))
    event.listen(engine, "engine_disposed", lambda _engine: file.close())
    return engine


def _prepare_sqlite(file: SqliteFile, connection: Any, record: Any) -> None:
    # The driver must not begin transactions itself (no `isolation_level`): it would take the write
    # lock too late, and a reader that starts to write could get SQLITE_BUSY whatever the timeout.
    record.info["inode"], record.info["wait_ms"] = file.require(), BUSY_TIMEOUT_MS
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        # Deleted data is overwritten, so that it can't be read in the file's free pages.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _check_out(file: SqliteFile, _connection: object, record: Any, _proxy: object) -> None:
    """Reconnect if the file has been replaced by a copy of itself."""
    if record.info["inode"] != file.require():
        raise DisconnectionError


def _require_same(file: SqliteFile, connection: Connection) -> None:
    """Raise DatabaseUnavailable if the file was replaced."""
    if file.require() != connection.info["inode"]:
        raise DatabaseUnavailable(Cause.FOREIGN)


def _commit(file: SqliteFile, connection: Connection) -> None:
    try:
        _require_same(file, connection)
    except DatabaseUnavailable:
        connection.connection.rollback()  # SQLAlchemy assumes that it has ended
        raise


def _begin_sqlite(file: SqliteFile, turns: Turns, connection: Connection) -> None:
    _require_same(file, connection)
    options = connection.get_execution_options()
    mode, wait_ms = options.get("begin", "IMMEDIATE"), options.get("wait_ms", BUSY_TIMEOUT_MS)
    if mode == "IMMEDIATE" and TURN not in connection.info:
        connection.info[TURN], left_s = turns.take(wait_ms / 1000)
        wait_ms = max(MIN_WAIT_MS, int(1000 * left_s))
    if connection.info["wait_ms"] != wait_ms:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait_ms)}")
        connection.info["wait_ms"] = wait_ms
    connection.exec_driver_sql(f"BEGIN {mode}")


def _check_in(_connection: object, record: Any) -> None:
    if turn := record.info.pop(TURN, None):
        turn.release()


def turn_of(connection: Connection) -> Turn | None:
    """Return the connection's turn to write, to end it from another thread, or None."""
    turn: Turn | None = connection.info.get(TURN)
    return turn


def empty_journal(engine: Engine) -> bool:
    """Empty SQLite's journal, which contains old versions of rows.

    Returns whether that succeeded; it does not while somebody reads an older snapshot. For other
    databases always True.
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

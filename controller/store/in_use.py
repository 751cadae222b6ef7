"""Locks that show that a database is in use: users share it, and a restore needs it exclusively.

Each connection takes its share when it is opened; the system releases it when the connection or
process ends, also after kill -9. It is a lock on a file beside SQLite's, or an advisory lock of
PostgreSQL.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from controller.store.unavailable import TEXTS, Cause

KEY = 0x4C6F7175
"""Key of the advisory lock, `Loqu`; PostgreSQL keeps those of different databases apart."""
WAIT_S = 2.0
"""Seconds to wait for other connections to end."""
_RESTORING = TEXTS[Cause.RESTORING]
_HANDLE = "share"


class InUse(Exception):
    """The database is in use."""


def hold_shared_lock(engine: Engine) -> None:
    """Let each connection of the engine hold a shared lock; connecting fails during a restore."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _share_file)
        event.listen(engine, "close", _release_file)
    else:
        event.listen(engine, "connect", partial(_share_advisory, engine.dialect.loaded_dbapi))


@contextmanager
def exclusive_use(url: URL) -> Iterator[None]:
    """Hold the exclusive lock during the block.

    Raises InUse; OSError if the database is unreachable.
    """
    if url.get_backend_name() == "sqlite":
        with _exclusive_file(Path(str(url.database)).resolve()):
            yield
        return
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with closing(_connect(engine)) as connection:
        _lock_exclusively(connection)
        try:
            yield
        finally:  # the server would notice its end only a moment later
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({KEY})")


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as error:
        raise ConnectionError(str(error.orig).splitlines()[0]) from error


def _lock_exclusively(connection: Connection) -> None:
    """Try to get the lock for a short time, since the server notices ended connections with a
    delay.

    It does not wait in the lock's queue, which would block new connections of running processes.
    """
    until = time.monotonic() + WAIT_S
    while True:
        if connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({KEY})").scalar():
            return
        if time.monotonic() > until:
            raise InUse
        time.sleep(0.05)


def libpq(url: URL) -> str:
    """Return the URL in the form for PostgreSQL's own programs, with its password."""
    plain = url.set(drivername="postgresql")
    return plain.render_as_string(hide_password=False)


def lock_file(database: Path) -> Path:
    """Return the file that is locked; it is empty, and is never deleted."""
    return database.with_name(f"{database.name}.in-use")


def _open(database: Path) -> int:
    return os.open(lock_file(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _exclusive_file(database: Path) -> Iterator[None]:
    handle = _open(database)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse from error
        yield
    finally:
        os.close(handle)


def _share_file(connection: Any, record: Any) -> None:
    (_, _, file), *_ = connection.execute("PRAGMA database_list").fetchall()
    try:
        handle = _open(Path(file))
    except OSError:
        return  # nothing can be replaced in a folder that can't be written
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise sqlite3.OperationalError(_RESTORING) from error
    record.info[_HANDLE] = handle


def _release_file(_connection: Any, record: Any) -> None:
    handle = record.info.pop(_HANDLE, None)
    if handle is not None:
        os.close(handle)


def _share_advisory(driver: Any, connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock_shared({KEY})")
        (free,) = cursor.fetchone()
    connection.commit()
    if not free:
        raise driver.OperationalError(_RESTORING)

"""The error for a database that can't be used now, for any cause."""

import sqlite3
from enum import StrEnum

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class Cause(StrEnum):
    """Why the database can't be used; `TEXTS` has the messages."""

    AWAY = "away"
    FOREIGN = "foreign"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    FULL = "full"
    DAMAGED = "damaged"
    UNREACHABLE = "unreachable"
    RESTORING = "restoring"


TEXTS = {
    Cause.AWAY: "the database file is missing; put it back",
    Cause.FOREIGN: "the database file is not the one that this process opened; put that back",
    Cause.READ_ONLY: "the database is read-only; make it writable",
    Cause.LOCKED: "another program keeps the database locked; close it",
    Cause.FULL: "the database's disk is full; make room",
    Cause.DAMAGED: "the database can't be read or written; check its disk",
    Cause.UNREACHABLE: "the database does not answer; start it, or repair the connection to it",
    Cause.RESTORING: "a backup is being restored; wait until that is done",
}
"""Messages by cause: what is wrong and what to do, in one line, for the log and /health/ready."""

_SQLITE = {
    sqlite3.SQLITE_BUSY: Cause.LOCKED,
    sqlite3.SQLITE_LOCKED: Cause.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Cause.LOCKED,
    sqlite3.SQLITE_READONLY: Cause.READ_ONLY,
    sqlite3.SQLITE_PERM: Cause.READ_ONLY,
    sqlite3.SQLITE_FULL: Cause.FULL,
    sqlite3.SQLITE_CANTOPEN: Cause.AWAY,
    sqlite3.SQLITE_IOERR: Cause.DAMAGED,
    sqlite3.SQLITE_CORRUPT: Cause.DAMAGED,
    sqlite3.SQLITE_NOTADB: Cause.DAMAGED,
}
"""Causes by SQLite's primary result code."""
_POSTGRESQL = {
    "25006": Cause.READ_ONLY,
    "53100": Cause.FULL,
    "55P03": Cause.LOCKED,
    "40P01": Cause.LOCKED,
    "40001": Cause.LOCKED,
    "57014": Cause.LOCKED,
}
"""Causes by PostgreSQL's SQLSTATE."""
_REOPEN = frozenset({Cause.READ_ONLY, Cause.AWAY, Cause.FOREIGN})
"""After these causes the connection is closed; a new one may work again."""


class DatabaseUnavailable(OperationalError):
    """Raised if the database can't be used now: nothing was changed, and a retry may succeed.

    Any other database error is a bug in the statement.
    """

    def __init__(self, cause: Cause, original: BaseException | None = None) -> None:
        super().__init__(None, None, original or Exception(TEXTS[cause]), hide_parameters=True)
        self.cause = cause

    def __str__(self) -> str:
        return TEXTS[self.cause]


def unavailable(problem: BaseException) -> DatabaseUnavailable | None:
    """Return the DatabaseUnavailable for an error of a driver or the pool, else None."""
    if isinstance(problem, DatabaseUnavailable):
        return problem
    if isinstance(problem, PoolTimeout):
        return DatabaseUnavailable(Cause.UNREACHABLE, problem)
    original = problem.orig if isinstance(problem, DBAPIError) else problem
    cause = None if original is None else _cause(problem, original)
    return None if cause is None else DatabaseUnavailable(cause, original)


def needs_reconnect(cause: Cause) -> bool:
    """Return whether a connection on which this happened must be closed."""
    return cause in _REOPEN


def _cause(problem: BaseException, original: BaseException) -> Cause | None:
    if str(original) == TEXTS[Cause.RESTORING]:
        return Cause.RESTORING
    if isinstance(original, sqlite3.Error):
        code: int | None = getattr(original, "sqlite_errorcode", None)
        # extended codes have the primary code in their low byte
        return None if code is None else _SQLITE.get(code & 0xFF)
    state: str | None = getattr(original, "sqlstate", None)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    if state is not None and state.startswith("54"):
        return None  # class 54, program limit exceeded: a fault of the statement itself
    is_driver_error = isinstance(problem, OperationalError | InterfaceError)
    lost = isinstance(problem, DBAPIError) and problem.connection_invalidated
    return Cause.UNREACHABLE if is_driver_error or lost else None


class DatabaseError(Exception):
    """Raised for a database that can't be used; the message is one line that says what to do."""

    def __init__(self, message: str, cause: Cause | None = None) -> None:
        super().__init__(message)
        self.cause = cause

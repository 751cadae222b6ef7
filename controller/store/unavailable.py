"""A database that can't be used now: one error for whatever a driver, the pool or the file says."""

import sqlite3
from enum import StrEnum

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree


class Cause(StrEnum):
    """Why, in a word for programs; `TEXTS` has it for people."""

    AWAY = "away"
    FOREIGN = "foreign"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    FULL = "full"
    DAMAGED = "damaged"
    UNREACHABLE = "unreachable"
    RESTORING = "restoring"


TEXTS = {
    Cause.AWAY: "the database file is not at its place; put it back",
    Cause.FOREIGN: "the database file is not the one that this process opened; put that back",
    Cause.READ_ONLY: "the database can only be read; let it be written",
    Cause.LOCKED: "the database is locked by somebody else, who takes too long",
    Cause.FULL: "the database's disk is full; make room",
    Cause.DAMAGED: "the database can't be read or written; look at its disk",
    Cause.UNREACHABLE: "the database does not answer; start it, or mend the way to it",
    Cause.RESTORING: "a backup is being restored; wait until that is done",
}
"""What is wrong, and what to do: one line, for the log and for /health/ready."""

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
_POSTGRESQL = {
    "25006": Cause.READ_ONLY,
    "53100": Cause.FULL,
    "55P03": Cause.LOCKED,
    "40P01": Cause.LOCKED,
    "40001": Cause.LOCKED,
    "57014": Cause.LOCKED,
}
_REOPEN = frozenset({Cause.READ_ONLY, Cause.AWAY, Cause.FOREIGN})
"""After these a connection is not used again: a new one may find it mended."""


class DatabaseUnavailable(OperationalError):
    """Nothing was changed, and a retry may succeed. Any other database error is a bug in the
    statement."""

    def __init__(self, cause: Cause, original: BaseException | None = None) -> None:
        super().__init__(None, None, original or Exception(TEXTS[cause]), hide_parameters=True)
        self.cause = cause

    def __str__(self) -> str:
        return TEXTS[self.cause]


def unavailable(problem: BaseException) -> DatabaseUnavailable | None:
    """What a driver's or the pool's error is when it says that the database can't be used now."""
    if isinstance(problem, DatabaseUnavailable):
        return problem
    if isinstance(problem, NoneFree):
        return DatabaseUnavailable(Cause.UNREACHABLE, problem)
    original = problem.orig if isinstance(problem, DBAPIError) else problem
    cause = None if original is None else _cause(problem, original)
    return None if cause is None else DatabaseUnavailable(cause, original)


def is_to_be_reopened(cause: Cause) -> bool:
    """Whether the connection that met it must be given up."""
    return cause in _REOPEN


def _cause(problem: BaseException, original: BaseException) -> Cause | None:
    if str(original) == TEXTS[Cause.RESTORING]:
        return Cause.RESTORING
    if isinstance(original, sqlite3.Error):
        code: int | None = getattr(original, "sqlite_errorcode", None)
        return None if code is None else _SQLITE.get(code & 0xFF)  # extended codes begin with it
    state: str | None = getattr(original, "sqlstate", None)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    if state is not None and state.startswith("54"):
        return None  # too much of something, in the statement itself
    is_theirs = isinstance(problem, OperationalError | InterfaceError)
    lost = isinstance(problem, DBAPIError) and problem.connection_invalidated
    return Cause.UNREACHABLE if is_theirs or lost else None


class DatabaseError(Exception):
    """A database that can't be used; the message is one line that says what to do."""

    def __init__(self, message: str, cause: Cause | None = None) -> None:
        super().__init__(message)
        self.cause = cause

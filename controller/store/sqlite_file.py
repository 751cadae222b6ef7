"""Guards the path of a SQLite file: it is never created by accident or mistaken for another one.

A file that is moved away stays open, and SQLite would continue to write to it, while a new
connection would create an empty one. So each transaction first checks that the file is still there
and the same.
"""

import os
import secrets
import sqlite3
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from controller.store.unavailable import Cause, DatabaseUnavailable

Inode = tuple[int, int]
_MARK_AT, _MARK_BYTES = 60, 4
"""Position of `PRAGMA user_version` in a SQLite file (fileformat2.html, 1.3)."""
_UNMARKED = bytes(_MARK_BYTES)
_NEWEST = (
    "SELECT (SELECT coalesce(sum(position), 0) FROM outbox_head) + (SELECT seq FROM audit_head)"
)
"""A number that increases with each audit entry and each news."""


@dataclass(slots=True)
class _Known:
    """The file that is in use."""

    inode: Inode
    descriptor: int
    mark: bytes
    connection: sqlite3.Connection
    """Can read the file even after it was moved away."""


class SqliteFile:
    """Remembers the file that was opened first, and recognises another one at its path.

    Each installation's file has a number of its own (`mark`). A file with the same number may
    replace it, as a copy that was put back, unless it lacks changes that the replaced file has.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: _Known | None = None
        self._lock = threading.Lock()

    def connect(self, timeout_s: float) -> sqlite3.Connection:
        """Open a connection without creating a file. Raises DatabaseUnavailable, sqlite3.Error."""
        self.require()
        return _connect(self.path, timeout_s)

    def require(self) -> Inode:
        """Return the inode of the file that may be used now.

        Raises DatabaseUnavailable if it is missing or another one.
        """
        found, known = self._there(), self._known
        if known is None or known.inode != found:
            known = self._take(found)
        mark = _mark(known.descriptor)
        if known.mark not in (_UNMARKED, mark):
            raise DatabaseUnavailable(Cause.FOREIGN)
        known.mark = mark
        return found

    def _there(self) -> Inode:
        try:
            found = self.path.stat()
        except OSError as problem:
            with self._lock:
                if self._known is not None:
                    _settle(self._known.connection)  # so that it is complete wherever it is now
            raise DatabaseUnavailable(Cause.AWAY, problem) from problem
        return found.st_dev, found.st_ino

    def _take(self, inode: Inode) -> _Known:
        """Start to use a file that was not in use before."""
        with self._lock:
            before = self._known
            if before is not None and before.inode == inode:
                return before
            descriptor = _hold(self.path, inode)
            try:
                if before is not None:
                    self._require_copy(before, descriptor)
                connection = _connect(self.path, 1.0)
                _newest(connection)  # opens the journal, which then stays open
                self._known = _Known(inode, descriptor, _mark(descriptor), connection)
            except BaseException:
                _let_go(inode)
                raise
            if before is not None:
                _end(before)
            return self._known

    def _require_copy(self, before: _Known, descriptor: int) -> None:
        """Raise DatabaseUnavailable unless the new file is a copy with all changes of the old one.

        The journal belongs to the path and not to the file: SQLite would apply its contents to
        whatever file is there. So it is emptied into the old file first, and the new file is read
        without it.
        """
        is_same = before.mark == _mark(descriptor) and _settle(before.connection)
        if not is_same or _newest_in(self.path) < _newest(before.connection):
            raise DatabaseUnavailable(Cause.FOREIGN)

    def close(self) -> None:
        """Forget the file; the next use accepts the one that is there then."""
        with self._lock:
            if self._known is not None:
                _end(self._known)
            self._known = None


def create(path: Path) -> None:
    """Create an empty file, readable by its owner only (it will name people), unless it exists."""
    with suppress(OSError):  # SQLite's error will say what is wrong
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def mark(path: Path) -> None:
    """Give an installation's file its number, unless it has one."""
    with closing(_connect(path, 1.0)) as connection:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
        if not number:
            connection.execute(f"PRAGMA user_version = {1 + secrets.randbelow(2**31 - 1)}")
        # Written into the file itself, where it can be read without SQLite.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


_held: dict[Inode, list[int]] = {}
_holding = threading.Lock()
"""The open descriptors, one per file, with how many objects hold it.

It must stay open: closing one releases all locks that SQLite has on the file in this process
(close(2), fcntl(2)).
"""


def _hold(path: Path, inode: Inode) -> int:
    with _holding:
        if inode not in _held:
            try:
                _held[inode] = [os.open(path, os.O_RDONLY | os.O_CLOEXEC), 0]
            except OSError as problem:
                raise DatabaseUnavailable(Cause.AWAY, problem) from problem
        _held[inode][1] += 1
        return _held[inode][0]


def _let_go(inode: Inode) -> None:
    with _holding:
        descriptor, count = _held[inode]
        _held[inode][1] = count - 1
        if count == 1:
            os.close(descriptor)
            del _held[inode]


def _end(known: _Known) -> None:
    known.connection.close()
    _let_go(known.inode)


def _mark(descriptor: int) -> bytes:
    return os.pread(descriptor, _MARK_BYTES, _MARK_AT).ljust(_MARK_BYTES, b"\0")


def _newest(connection: sqlite3.Connection) -> int:
    """Return how far the file's changes go; 0 if that can't be read."""
    try:
        # read to the end, which ends the snapshot too
        found = connection.execute(_NEWEST).fetchall()
    except sqlite3.Error:
        return 0
    return int(found[0][0] or 0)


def _newest_in(path: Path) -> int:
    """Return the same for a file without locking it or reading its journal."""
    address = f"file:{quote(str(path))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        return _newest(connection)


def _settle(connection: sqlite3.Connection) -> bool:
    """Write the journal's contents into the file; return whether all were written."""
    try:
        (found,) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error:
        return False
    is_busy: int = found[0]
    return not is_busy


def _connect(path: Path, timeout_s: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=timeout_s,
        check_same_thread=False,
        isolation_level=None,
    )

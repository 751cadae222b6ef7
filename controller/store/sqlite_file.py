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
_CHANGES = (
    "SELECT (SELECT coalesce(sum(position), 0) FROM outbox_head) + (SELECT seq FROM audit_head)"
)
"""A number that increases with each audit entry and each news item."""


@dataclass(slots=True)
class _OpenFile:
    """The file that is in use."""

    inode: Inode
    descriptor: int
    mark: bytes
    connection: sqlite3.Connection
    """Can read the file even after it was moved away."""


class SqliteFile:
    """Remembers the file that was opened first, and recognises another one at its path.

    Each installation's file has a number of its own (`mark`). A file with the same number,
    such as a restored copy, may replace it, unless it lacks changes that the replaced file has.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._current: _OpenFile | None = None
        self._lock = threading.Lock()

    def connect(self, timeout_s: float) -> sqlite3.Connection:
        """Open a connection without creating a file. Raises DatabaseUnavailable, sqlite3.Error."""
        self.require()
        return _connect(self.path, timeout_s)

    def require(self) -> Inode:
        """Return the inode of the file that may be used now.

        Raises DatabaseUnavailable if it is missing or another one.
        """
        inode, current = self._stat(), self._current
        if current is None or current.inode != inode:
            current = self._take(inode)
        mark = _read_mark(current.descriptor)
        if current.mark not in (_UNMARKED, mark):
            raise DatabaseUnavailable(Cause.FOREIGN)
        current.mark = mark
        return inode

    def _stat(self) -> Inode:
        try:
            status = self.path.stat()
        except OSError as problem:
            with self._lock:
                if self._current is not None:
                    # so that the file is complete wherever it is now
                    _checkpoint(self._current.connection)
            raise DatabaseUnavailable(Cause.AWAY, problem) from problem
        return status.st_dev, status.st_ino

    def _take(self, inode: Inode) -> _OpenFile:
        """Start to use the file with this inode."""
        with self._lock:
            previous = self._current
            if previous is not None and previous.inode == inode:
                return previous
            descriptor = _acquire(self.path, inode)
            try:
                if previous is not None:
                    self._require_copy(previous, descriptor)
                connection = _connect(self.path, 1.0)
                _change_count(connection)  # opens the journal, which then stays open
                self._current = _OpenFile(inode, descriptor, _read_mark(descriptor), connection)
            except BaseException:
                _release(inode)
                raise
            if previous is not None:
                _close_file(previous)
            return self._current

    def _require_copy(self, before: _OpenFile, descriptor: int) -> None:
        """Raise DatabaseUnavailable unless the new file is a copy with all changes of the old one.

        The journal belongs to the path and not to the file: SQLite would apply its contents to
        whatever file is there. So it is emptied into the old file first, and the new file is read
        without it.
        """
        is_same = before.mark == _read_mark(descriptor) and _checkpoint(before.connection)
        if not is_same or _change_count_in(self.path) < _change_count(before.connection):
            raise DatabaseUnavailable(Cause.FOREIGN)

    def close(self) -> None:
        """Forget the file; the next use accepts the one that is there then."""
        with self._lock:
            if self._current is not None:
                _close_file(self._current)
            self._current = None


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


_descriptors: dict[Inode, list[int]] = {}
"""One open descriptor per file, with the number of its users.

It must stay open: closing one releases all locks that SQLite has on the file in this process
(close(2), fcntl(2)).
"""
_descriptors_lock = threading.Lock()


def _acquire(path: Path, inode: Inode) -> int:
    with _descriptors_lock:
        if inode not in _descriptors:
            try:
                _descriptors[inode] = [os.open(path, os.O_RDONLY | os.O_CLOEXEC), 0]
            except OSError as problem:
                raise DatabaseUnavailable(Cause.AWAY, problem) from problem
        _descriptors[inode][1] += 1
        return _descriptors[inode][0]


def _release(inode: Inode) -> None:
    with _descriptors_lock:
        descriptor, count = _descriptors[inode]
        _descriptors[inode][1] = count - 1
        if count == 1:
            os.close(descriptor)
            del _descriptors[inode]


def _close_file(file: _OpenFile) -> None:
    file.connection.close()
    _release(file.inode)


def _read_mark(descriptor: int) -> bytes:
    return os.pread(descriptor, _MARK_BYTES, _MARK_AT).ljust(_MARK_BYTES, b"\0")


def _change_count(connection: sqlite3.Connection) -> int:
    """Return a number that increases when the file changes; 0 if it can't be read."""
    try:
        # read to the end, which ends the snapshot too
        rows = connection.execute(_CHANGES).fetchall()
    except sqlite3.Error:
        return 0
    return int(rows[0][0] or 0)


def _change_count_in(path: Path) -> int:
    """Return the same for a file without locking it or reading its journal."""
    address = f"file:{quote(str(path))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        return _change_count(connection)


def _checkpoint(connection: sqlite3.Connection) -> bool:
    """Write the journal's contents into the file; return whether all were written."""
    try:
        (row,) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error:
        return False
    is_busy: int = row[0]
    return not is_busy


def _connect(path: Path, timeout_s: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=timeout_s,
        check_same_thread=False,
        isolation_level=None,
    )

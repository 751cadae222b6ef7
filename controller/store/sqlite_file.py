"""A SQLite file at its place: never made by chance, never taken for another.

A file that is moved away stays open, and SQLite would go on writing to it; a new connection would
make a fresh empty one. So each transaction first looks whether the file is still there, the same.
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
"""Where a SQLite file has its `PRAGMA user_version` (fileformat2.html, 1.3)."""
_UNMARKED = bytes(_MARK_BYTES)
_NEWEST = (
    "SELECT (SELECT coalesce(sum(position), 0) FROM outbox_head) + (SELECT seq FROM audit_head)"
)
"""Grows with each change that anybody is told of."""


@dataclass(slots=True)
class _Known:
    """The file that is in use."""

    inode: Inode
    descriptor: int
    mark: bytes
    connection: sqlite3.Connection
    """Sees what the file holds even when it has gone from its place."""


class SqliteFile:
    """Knows the file that was opened first, and tells it from whatever is in its place later.

    Each place's file bears a number of its own (`mark`). One with the same number is the same
    place's: it may come back as a copy, unless it lacks something that the one that went has.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: _Known | None = None
        self._lock = threading.Lock()

    def connect(self, timeout_s: float) -> sqlite3.Connection:
        """A new connection; it makes no file. Raises DatabaseUnavailable, sqlite3.Error."""
        self.require()
        return _connect(self.path, timeout_s)

    def require(self) -> Inode:
        """The file that may be used now. Raises DatabaseUnavailable: it is away, or another."""
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
                    _settle(self._known.connection)  # so that the file is whole wherever it is
            raise DatabaseUnavailable(Cause.AWAY, problem) from problem
        return found.st_dev, found.st_ino

    def _take(self, inode: Inode) -> _Known:
        """Take up a file that was not in use before."""
        with self._lock:
            before = self._known
            if before is not None and before.inode == inode:
                return before
            descriptor = _hold(self.path, inode)
            try:
                if before is not None:
                    self._require_copy(before, descriptor)
                connection = _connect(self.path, 1.0)
                _newest(connection)  # opens the journal, which then stays while this is open
                self._known = _Known(inode, descriptor, _mark(descriptor), connection)
            except BaseException:
                _let_go(inode)
                raise
            if before is not None:
                _end(before)
            return self._known

    def _require_copy(self, before: _Known, descriptor: int) -> None:
        """Whether what is there is the same place's, and has all that the file before it has.

        The journal lies beside the path, not beside the file: while anything is in it, SQLite
        would read it into whatever file is there, and on closing even write it there. So it is
        emptied into the file that went, and what is there is read without it.
        """
        is_same = before.mark == _mark(descriptor) and _settle(before.connection)
        if not is_same or _newest_in(self.path) < _newest(before.connection):
            raise DatabaseUnavailable(Cause.FOREIGN)

    def close(self) -> None:
        """Forget the file; when next asked, what is there is taken up."""
        with self._lock:
            if self._known is not None:
                _end(self._known)
            self._known = None


def create(path: Path) -> None:
    """Make an empty file, its owner's alone (it names people), unless it is there."""
    with suppress(OSError):  # SQLite says what is wrong
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def mark(path: Path) -> None:
    """Give a place's file its number, unless it has one."""
    with closing(_connect(path, 1.0)) as connection:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
        if not number:
            connection.execute(f"PRAGMA user_version = {1 + secrets.randbelow(2**31 - 1)}")
        # Into the file itself, where it can be read without SQLite.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


_held: dict[Inode, list[int]] = {}
_holding = threading.Lock()
"""Over the descriptors, one a file: the first number is it, the second how many hold it. Closing
one lets go of all locks that SQLite has on the file, in the whole process (close(2), fcntl(2))."""


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
    """How much it holds; nothing where that can't be read."""
    try:
        found = connection.execute(_NEWEST).fetchall()  # to its end, which ends its view too
    except sqlite3.Error:
        return 0
    return int(found[0][0] or 0)


def _newest_in(path: Path) -> int:
    """The same of a file that is neither locked nor written, nor its journal read."""
    address = f"file:{quote(str(path))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        return _newest(connection)


def _settle(connection: sqlite3.Connection) -> bool:
    """Have a file hold all that its journal does; whether it does now."""
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

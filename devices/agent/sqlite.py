"""Opens the agent's SQLite files, and tells a disk that can't be written from a damaged file."""

import os
import sqlite3
from pathlib import Path

UNWRITABLE_CODES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
"""Primary result codes of a disk that can't be written: full, read-only, or gone."""
DAMAGE_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""Primary result codes of a damaged file."""
SIDE_FILES = ("", "-wal", "-shm")
"""Endings of the names of a database's files."""


def connect(
    path: Path | None, *, synchronous: str = "FULL", cache_kib: int = 2000
) -> sqlite3.Connection:
    """Open a file in WAL mode for any one thread at a time; None: a database in memory.

    Statements outside BEGIN commit by themselves. The cache is kept small, because an agent has
    little memory.
    """
    name = ":memory:" if path is None else str(path)
    db = sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        db.execute(f"PRAGMA cache_size = -{cache_kib}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def check_pages(db: sqlite3.Connection) -> None:
    """Check a file's pages; raises an error for which `is_broken` is true."""
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise DamagedFile(f"damaged pages: {verdict}")


class DamagedFile(sqlite3.DatabaseError):
    """Raised for a file whose content is inconsistent."""


def is_unwritable(error: sqlite3.Error) -> bool:
    """Return whether the disk could not be written."""
    return primary_code(error) in UNWRITABLE_CODES


def is_broken(error: sqlite3.Error) -> bool:
    """Return whether the file's content is damaged."""
    return isinstance(error, DamagedFile) or primary_code(error) in DAMAGE_CODES


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, without the extended part; 0 if there is none."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def set_aside(path: Path, mark: str) -> Path:
    """Rename a broken database and its side files to NAME.MARK, and return the new name."""
    saved = path.with_name(f"{path.name}.{mark}")
    for side in SIDE_FILES:
        source = path.with_name(path.name + side)
        if source.exists():
            os.replace(source, saved.with_name(saved.name + side))
    return saved


def remove(path: Path) -> None:
    """Delete a database and its side files."""
    for side in SIDE_FILES:
        path.with_name(path.name + side).unlink(missing_ok=True)


class transaction:
    """A block in one transaction: BEGIN IMMEDIATE … COMMIT, or ROLLBACK if anything is raised."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            try:
                self._db.execute("COMMIT")
                return
            except sqlite3.Error:
                self._undo()
                raise
        self._undo()

    def _undo(self) -> None:
        if self._db.in_transaction:  # a full disk may have rolled back already
            self._db.execute("ROLLBACK")

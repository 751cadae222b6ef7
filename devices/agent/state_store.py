"""Stores the values that must outlast a restart of the agent, in a small SQLite file."""

import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from devices.agent import sqlite
from devices.agent.sqlite import transaction

log = logging.getLogger(__name__)

_SCHEMA = "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"


class StateStore:
    """Named values (latches, open sessions, commands, counters); each write is synced to the disk.

    Only one thread at a time may use it. Callers keep the values in memory too, so that a running
    agent goes on even if the disk is full.
    """

    def __init__(self, db: sqlite3.Connection, *, was_broken: bool = False) -> None:
        self._db = db
        self.was_broken = was_broken
        """Whether the file was damaged and set aside, so that its values, latches included, are
        lost."""
        db.executescript(_SCHEMA)

    @classmethod
    def open(cls, path: Path, mark: str) -> Self:
        """Open or create the file; a damaged one is renamed to NAME.MARK and replaced."""
        try:
            return cls._open_whole(path)
        except sqlite3.DatabaseError as error:
            if not sqlite.is_broken(error):
                raise
            aside = sqlite.set_aside(path, mark)
            log.error("%s is damaged, and was set aside as %s: %s", path.name, aside, error)
        return cls(sqlite.connect(path), was_broken=True)

    @classmethod
    def _open_whole(cls, path: Path) -> Self:
        db = sqlite.connect(path)
        try:
            sqlite.check_pages(db)
            return cls(db)
        except sqlite3.Error:
            db.close()
            raise

    def read(self, prefix: str) -> dict[str, bytes]:
        """Return the values whose name starts with that prefix."""
        rows = self._db.execute(
            "SELECT name, value FROM kept WHERE substr(name, 1, ?) = ?", (len(prefix), prefix)
        )
        return dict(rows)

    def get(self, name: str) -> bytes | None:
        """Return one value, or None."""
        row = self._db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def keep(self, values: Mapping[str, bytes | None]) -> None:
        """Store values in one synced commit; None deletes a value. Raises sqlite3.Error."""
        with transaction(self._db):
            for name, value in values.items():
                if value is None:
                    self._db.execute("DELETE FROM kept WHERE name = ?", (name,))
                else:
                    self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    def close(self) -> None:
        self._db.close()

"""The agent's copy of its site's policy: rows in SQLite, changed by deltas and paged syncs.

Each row has a checksum, so that a flipped bit on the SD card can't give a member the rights of
another.
"""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from controller.wire.digest import PolicyDigest
from devices.agent import sqlite
from devices.agent.sqlite import transaction

_SCHEMA = """
CREATE TABLE IF NOT EXISTS row (
  tab TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value BLOB, sum INTEGER,
  PRIMARY KEY (tab, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stage (
  batch INTEGER NOT NULL, tab TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
  value BLOB, sum INTEGER, PRIMARY KEY (batch, tab, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS head (
  one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, version INTEGER NOT NULL,
  holders INTEGER NOT NULL, digest TEXT NOT NULL, sum INTEGER);
CREATE TABLE IF NOT EXISTS age (
  one INTEGER PRIMARY KEY CHECK (one = 1), head_at TEXT NOT NULL, age_s REAL NOT NULL, sum INTEGER);
INSERT OR IGNORE INTO head (one, epoch, version, holders, digest)
  VALUES (1, 0, 0, 0, printf('%064d', 0));
"""
_TABLES = ("row", "stage", "head", "age")
_CHANGES = """SELECT s.tab, s.key, s.version, s.value IS NULL, r.version, r.value IS NULL
  FROM stage AS s LEFT JOIN row AS r ON r.tab = s.tab AND r.key = s.key
  WHERE s.batch = ? AND (r.version IS NULL OR r.version < s.version)"""
_TAKE = """INSERT OR REPLACE INTO row SELECT s.tab, s.key, s.version, s.value, s.sum
  FROM stage AS s LEFT JOIN row AS r ON r.tab = s.tab AND r.key = s.key
  WHERE s.batch = ? AND (r.version IS NULL OR r.version < s.version)"""
_ROWS = "SELECT tab, key, version, value, sum FROM row"
_FEW_ROWS = """SELECT tab, key, version, value, sum FROM row WHERE tab IN (
  'site', 'zone', 'plan', 'schedule', 'certification', 'point', 'booking', 'window')"""
"""Only the tables of which the facts are built; they are read at each start anyway.

The many rows of holders and cards are left out.
"""
_OF_TABLE = """SELECT tab, key, version, value, sum FROM row
  WHERE tab = ? AND value IS NOT NULL ORDER BY key"""
_ALL = 2**62
"""Above every version."""
_OPEN, _CLOSED = 0, 1
"""Values of the file's `user_version`: in use or not closed cleanly; closed cleanly."""
_DELTA, _SYNC = 0, 1
"""Batches of the stage: a delta may arrive between the pages of a sync."""
_ABSENT = """SELECT tab, key, version, value IS NULL FROM row WHERE version <= ?1 AND NOT (
  ?2 AND EXISTS (
    SELECT 1 FROM stage AS s WHERE s.batch = ?3 AND s.tab = row.tab AND s.key = row.key))"""
"""Rows up to version ?1 that are not in batch ?3 of the stage; if ?2 is 0, all rows up to it."""
_REMOVE_ABSENT = """DELETE FROM row WHERE version <= ?1 AND NOT (
  ?2 AND EXISTS (
    SELECT 1 FROM stage AS s WHERE s.batch = ?3 AND s.tab = row.tab AND s.key = row.key))"""


def row_sum(table: str, key: str, version: int, value: bytes | None) -> int:
    """Return the CRC-32 of a whole row."""
    head = f"{table}\n{key}\n{version}\n{value is None}\n".encode()
    return zlib.crc32(value or b"", zlib.crc32(head))


def _sum(*values: object) -> int:
    return zlib.crc32(repr(values).encode())


class StoredRow(NamedTuple):
    """A stored row; the value is JSON, or None for a removed row."""

    table: str
    key: str
    version: int
    value: bytes | None


@dataclass(frozen=True, slots=True)
class PolicyState:
    """The state of the copy; if a signed head equals it, the copy is complete."""

    epoch: int
    version: int
    holders: int
    digest: str


class PolicyCopy(Protocol):
    """What syncing needs: a PolicyStore, or rows that many simulated agents share."""

    @property
    def position(self) -> PolicyState:
        """The state of the copy."""

    def drop_damaged(self, *, holders: bool) -> int:
        """See PolicyStore."""

    def apply(self, rows: Iterable[StoredRow], epoch: int, version: int) -> set[str]:
        """See PolicyStore."""

    def begin_sync(self) -> None:
        """See PolicyStore."""

    def stage(self, rows: Iterable[StoredRow]) -> None:
        """See PolicyStore."""

    def finish_sync(self, epoch: int, version: int, *, snapshot: bool) -> set[str]:
        """See PolicyStore."""

    def rows(self, table: str) -> Iterator[StoredRow]:
        """See PolicyStore."""

    def age(self) -> tuple[str, float] | None:
        """See PolicyStore."""

    def keep_age(self, head_at: str, age_s: float) -> None:
        """See PolicyStore."""


class PolicyStore:
    """Writes the policy's file; only one thread at a time may use it.

    Readers open the file themselves.
    """

    damaged = 0
    """How many rows were found damaged when the file was opened."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(_SCHEMA)
        _add_sums(db)
        *head, head_sum = db.execute(
            "SELECT epoch, version, holders, digest, sum FROM head"
        ).fetchone()
        if head_sum not in (None, _sum(*head)):
            raise sqlite.DamagedFile("the policy's head does not match its sum")
        self.position = PolicyState(*head)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the file. Raises sqlite3.DatabaseError if it is damaged.

        All pages are checked only if the file was not closed cleanly, for example by a power cut:
        with 100,000 holders on an SD card that takes seconds.
        """
        db = sqlite.connect(path)
        try:
            was_closed = db.execute("PRAGMA user_version").fetchone() == (_CLOSED,)
            if was_closed:
                _note_closing(db, _OPEN)
            else:
                sqlite.check_pages(db)
            store = cls(db)
            store.damaged = store.drop_damaged(holders=not was_closed)
        except sqlite3.DatabaseError:
            db.close()
            raise
        return store

    def drop_damaged(self, *, holders: bool) -> int:
        """Delete damaged rows, and remove them from the digest; return how many.

        A deleted row gives no access, and no head equals the rest, so everything is fetched again;
        the other rows stay in force. Without `holders`, only the small tables are checked, since
        each holder is also checked when the badge is used.
        """
        tally, lost = Tally(self.position), []
        for *row, saved in self._db.execute(_ROWS if holders else _FEW_ROWS):
            if saved != row_sum(*row):
                lost.append(row)
        for tab, key, version, value in lost:
            tally.remove(tab, key, version, value is None)
        if lost:
            with transaction(self._db):  # + avoids the index, since the row's key may be damaged
                damaged_keys = [(tab, key) for tab, key, *_ in lost]
                self._db.executemany("DELETE FROM row WHERE +tab = ? AND +key = ?", damaged_keys)
                self._store_head(tally, self.position.epoch, self.position.version)
            self._set_position(tally, self.position.epoch, self.position.version)
        return len(lost)

    def apply(self, rows: Iterable[StoredRow], epoch: int, version: int) -> set[str]:
        """Store a delta's rows in one commit, each only if newer; return the changed tables."""
        tally = Tally(self.position)
        with transaction(self._db):
            self._clear_stage(_DELTA)
            self._stage(_DELTA, rows)
            self._merge(_DELTA, tally, epoch, version)
        return self._set_position(tally, epoch, version)

    def begin_sync(self) -> None:
        """Delete what an unfinished sync has staged."""
        with transaction(self._db):
            self._clear_stage(_SYNC)

    def stage(self, rows: Iterable[StoredRow]) -> None:
        """Store a page's rows until the sync is complete."""
        with transaction(self._db):
            self._stage(_SYNC, rows)

    def finish_sync(self, epoch: int, version: int, *, snapshot: bool) -> set[str]:
        """Store all staged rows in one commit; a snapshot also removes all other rows.

        Returns the changed tables. Within an epoch the version never falls, so newer rows from
        deltas stay.
        """
        tally = Tally(self.position)
        is_same_epoch = epoch == self.position.epoch
        new_version = max(version, self.position.version) if is_same_epoch else version
        with transaction(self._db):
            if snapshot:
                self._remove_absent(tally, version if is_same_epoch else None)
            self._merge(_SYNC, tally, epoch, new_version)
        return self._set_position(tally, epoch, new_version)

    def rows(self, table: str) -> Iterator[StoredRow]:
        """Yield the intact rows of a table that have a value, by key."""
        for *row, saved in self._db.execute(_OF_TABLE, (table,)):
            if saved == row_sum(*row):
                yield StoredRow._make(row)

    def age(self) -> tuple[str, float] | None:
        """Return the time of the newest head that equalled this copy, and its age in seconds when
        stored."""
        row = self._db.execute("SELECT head_at, age_s, sum FROM age").fetchone()
        if row is None or row[2] not in (None, _sum(*row[:2])):
            return None
        return row[0], row[1]

    def keep_age(self, head_at: str, age_s: float) -> None:
        """Store the policy's age; the caller does so at most once an hour."""
        values = (head_at, age_s, _sum(head_at, age_s))
        self._db.execute("INSERT OR REPLACE INTO age VALUES (1, ?, ?, ?)", values)

    def close(self) -> None:
        """Close cleanly, so that the next start need not check all pages."""
        _note_closing(self._db, _CLOSED)
        self._db.close()

    def _clear_stage(self, batch: int) -> None:
        self._db.execute("DELETE FROM stage WHERE batch = ?", (batch,))

    def _stage(self, batch: int, rows: Iterable[StoredRow]) -> None:
        self._db.executemany(
            "INSERT INTO stage (batch, tab, key, version, value, sum) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (batch, tab, key) DO UPDATE SET version = excluded.version,"
            " value = excluded.value, sum = excluded.sum WHERE excluded.version > stage.version",
            ((batch, *row, row_sum(*row)) for row in rows),
        )

    def _remove_absent(self, tally: "Tally", through: int | None) -> None:
        """Delete the rows that a snapshot does not have; in another epoch (None), all rows."""
        limit = _ALL if through is None else through
        staged = through is not None
        for row in self._db.execute(_ABSENT, (limit, staged, _SYNC)):
            tally.remove(*row)
        self._db.execute(_REMOVE_ABSENT, (limit, staged, _SYNC))

    def _merge(self, batch: int, tally: "Tally", epoch: int, version: int) -> None:
        """Move newer rows from the stage to the table, and update the head."""
        for tab, key, new, is_removed, old, was_removed in self._db.execute(_CHANGES, (batch,)):
            if old is not None:
                tally.remove(tab, key, old, was_removed)
            tally.add(tab, key, new, is_removed)
        self._db.execute(_TAKE, (batch,))
        self._clear_stage(batch)
        self._store_head(tally, epoch, version)

    def _store_head(self, tally: "Tally", epoch: int, version: int) -> None:
        head = (epoch, version, tally.holders, tally.digest)
        self._db.execute(
            "UPDATE head SET epoch = ?, version = ?, holders = ?, digest = ?, sum = ?",
            (*head, _sum(*head)),
        )

    def _set_position(self, tally: "Tally", epoch: int, version: int) -> set[str]:
        self.position = PolicyState(epoch, version, tally.holders, tally.digest)
        return tally.tables


class Tally:
    """Counts how a transaction changes the digest and the number of holders."""

    def __init__(self, position: PolicyState) -> None:
        self._digest, self.holders = PolicyDigest(position.digest), position.holders
        self.tables: set[str] = set()

    @property
    def digest(self) -> str:
        """The digest of all rows, as the protocol defines it."""
        return self._digest.text

    def remove(self, tab: str, key: str, version: int, was_removed: bool) -> None:
        """Count a stored row as deleted; `was_removed`: it was a removed row, without a value."""
        self.tables.add(tab)
        self._digest.remove(tab, key, version)
        self.holders -= tab == "holder" and not was_removed

    def add(self, tab: str, key: str, version: int, is_removed: bool) -> None:
        """Count a row as added."""
        self.tables.add(tab)
        self._digest.add(tab, key, version)
        self.holders += tab == "holder" and not is_removed


def _add_sums(db: sqlite3.Connection) -> None:
    """Add checksums to a file of an older version; its rows are trusted."""
    if any(name == "sum" for _, name, *_ in db.execute("PRAGMA table_info(row)")):
        return
    with transaction(db):
        for table in _TABLES:
            db.execute(f"ALTER TABLE {table} ADD COLUMN sum INTEGER")
        db.execute("DELETE FROM stage")
        rows = db.execute("SELECT tab, key, version, value FROM row").fetchall()
        db.executemany(
            "UPDATE row SET sum = ? WHERE tab = ? AND key = ?",
            ((row_sum(*row), row[0], row[1]) for row in rows),
        )


def _note_closing(db: sqlite3.Connection, state: int) -> None:
    """Note whether the file was closed cleanly.

    Errors are ignored, for example if the disk is full or the file is closed.
    """
    with suppress(sqlite3.OperationalError, sqlite3.ProgrammingError):
        db.execute(f"PRAGMA user_version = {state}")

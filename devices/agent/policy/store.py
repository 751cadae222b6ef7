"""The agent's copy of its site's facts: rows in SQLite, changed by deltas and by paged syncs.

Each row bears a sum of its own: a card that flips a bit in a right makes nobody another's equal.
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
"""What the facts are built of: they are read at each start anyway. What there is of each badge is
not even touched."""
_OF_TABLE = """SELECT tab, key, version, value, sum FROM row
  WHERE tab = ? AND value IS NOT NULL ORDER BY key"""
_ALL = 2**62
_OPEN, _CLOSED = 0, 1
"""`user_version` of the file: in use or left in disorder; closed in order."""
_DELTA, _SYNC = 0, 1
"""Batches of the stage: a delta is taken while the pages of a sync are still coming."""
_ABSENT = """SELECT tab, key, version, value IS NULL FROM row WHERE version <= ?1 AND NOT (
  ?2 AND EXISTS (
    SELECT 1 FROM stage AS s WHERE s.batch = ?3 AND s.tab = row.tab AND s.key = row.key))"""
_REMOVE_ABSENT = """DELETE FROM row WHERE version <= ?1 AND NOT (
  ?2 AND EXISTS (
    SELECT 1 FROM stage AS s WHERE s.batch = ?3 AND s.tab = row.tab AND s.key = row.key))"""


def row_sum(table: str, key: str, version: int, value: bytes | None) -> int:
    """CRC-32 over all of a row."""
    head = f"{table}\n{key}\n{version}\n{value is None}\n".encode()
    return zlib.crc32(value or b"", zlib.crc32(head))


def _sum(*values: object) -> int:
    return zlib.crc32(repr(values).encode())


class StoredRow(NamedTuple):
    """A row as stored: the value is JSON, or None for a row that was removed."""

    table: str
    key: str
    version: int
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Position:
    """How far the copy has come: what a head must equal to vouch for it."""

    epoch: int
    version: int
    holders: int
    digest: str


class Policy(Protocol):
    """What those ask who keep a copy in step: PolicyStore, or rows shared by many copies."""

    @property
    def position(self) -> Position:
        """How far it has come."""

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
    """The writing side; used by one thread at a time. Readers open the file on their own."""

    damaged = 0
    """How many rows were not what had been stored, when it was opened."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(_SCHEMA)
        _add_sums(db)
        *at, seal = db.execute("SELECT epoch, version, holders, digest, sum FROM head").fetchone()
        if seal not in (None, _sum(*at)):
            raise sqlite.DamagedFile("the policy's head does not match its sum")
        self.position = Position(*at)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the file. Raises sqlite3.DatabaseError when it is damaged.

        All its pages are read only if it was not closed in order, by a power cut say: with
        100,000 holders on an SD card that takes seconds.
        """
        db = sqlite.connect(path)
        try:
            in_order = db.execute("PRAGMA user_version").fetchone() == (_CLOSED,)
            if in_order:
                _mark(db, _OPEN)
            else:
                sqlite.check_pages(db)
            store = cls(db)
            store.damaged = store.drop_damaged(holders=not in_order)
        except sqlite3.DatabaseError:
            db.close()
            raise
        return store

    def drop_damaged(self, *, holders: bool) -> int:
        """Delete each row that is not what was stored, and take it out of the digest; how many.

        A row that is gone opens nothing, and no head vouches for what is left: all of it is then
        fetched again, the others holding meanwhile. Holders are many: each is looked at when its
        badge is shown, too.
        """
        tally, lost = Tally(self.position), []
        for *row, kept in self._db.execute(_ROWS if holders else _FEW_ROWS):
            if kept != row_sum(*row):
                lost.append(row)
        for tab, key, version, value in lost:
            tally.out(tab, key, version, value is None)
        if lost:
            with transaction(self._db):  # + : found by looking at all, as its key may be wrong
                gone = [(tab, key) for tab, key, *_ in lost]
                self._db.executemany("DELETE FROM row WHERE +tab = ? AND +key = ?", gone)
                self._place(tally, self.position.epoch, self.position.version)
            self._moved(tally, self.position.epoch, self.position.version)
        return len(lost)

    def apply(self, rows: Iterable[StoredRow], epoch: int, version: int) -> set[str]:
        """Take a delta's rows, each only if newer, in one commit; returns the changed tables."""
        tally = Tally(self.position)
        with transaction(self._db):
            self._clear_stage(_DELTA)
            self._stage(_DELTA, rows)
            self._merge(_DELTA, tally, epoch, version)
        return self._moved(tally, epoch, version)

    def begin_sync(self) -> None:
        """Forget what an unfinished sync had staged."""
        with transaction(self._db):
            self._clear_stage(_SYNC)

    def stage(self, rows: Iterable[StoredRow]) -> None:
        """Keep a page's rows on disk until the sync is complete."""
        with transaction(self._db):
            self._stage(_SYNC, rows)

    def finish_sync(self, epoch: int, version: int, *, snapshot: bool) -> set[str]:
        """Take all staged rows in one commit; a snapshot also removes what it does not hold.

        Returns the changed tables. In the same epoch the version never falls: rows that deltas
        brought meanwhile stay.
        """
        tally = Tally(self.position)
        same = epoch == self.position.epoch
        reached = max(version, self.position.version) if same else version
        with transaction(self._db):
            if snapshot:
                self._remove_absent(tally, version if same else None)
            self._merge(_SYNC, tally, epoch, reached)
        return self._moved(tally, epoch, reached)

    def rows(self, table: str) -> Iterator[StoredRow]:
        """The rows of one table that have a value and are whole, by key."""
        for *row, kept in self._db.execute(_OF_TABLE, (table,)):
            if kept == row_sum(*row):
                yield StoredRow._make(row)

    def age(self) -> tuple[str, float] | None:
        """The stored time of the newest matching head, and its age in seconds when stored."""
        row = self._db.execute("SELECT head_at, age_s, sum FROM age").fetchone()
        if row is None or row[2] not in (None, _sum(*row[:2])):
            return None
        return row[0], row[1]

    def keep_age(self, head_at: str, age_s: float) -> None:
        """Store the policy's age; the caller does so at most once an hour."""
        values = (head_at, age_s, _sum(head_at, age_s))
        self._db.execute("INSERT OR REPLACE INTO age VALUES (1, ?, ?, ?)", values)

    def close(self) -> None:
        """Close in order, so that the next start trusts the pages."""
        _mark(self._db, _CLOSED)
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
        """Drop rows that a snapshot does not hold; of another epoch (None), every row."""
        limit = _ALL if through is None else through
        staged = through is not None
        for row in self._db.execute(_ABSENT, (limit, staged, _SYNC)):
            tally.out(*row)
        self._db.execute(_REMOVE_ABSENT, (limit, staged, _SYNC))

    def _merge(self, batch: int, tally: "Tally", epoch: int, version: int) -> None:
        """Move newer rows out of the stage, and bring the head along."""
        for tab, key, new, gone, old, was_gone in self._db.execute(_CHANGES, (batch,)):
            if old is not None:
                tally.out(tab, key, old, was_gone)
            tally.add(tab, key, new, gone)
        self._db.execute(_TAKE, (batch,))
        self._clear_stage(batch)
        self._place(tally, epoch, version)

    def _place(self, tally: "Tally", epoch: int, version: int) -> None:
        at = (epoch, version, tally.holders, tally.digest)
        self._db.execute(
            "UPDATE head SET epoch = ?, version = ?, holders = ?, digest = ?, sum = ?",
            (*at, _sum(*at)),
        )

    def _moved(self, tally: "Tally", epoch: int, version: int) -> set[str]:
        self.position = Position(epoch, version, tally.holders, tally.digest)
        return tally.tables


class Tally:
    """What a transaction makes of the digest and of the number of holders."""

    def __init__(self, position: Position) -> None:
        self._digest, self.holders = PolicyDigest(position.digest), position.holders
        self.tables: set[str] = set()

    @property
    def digest(self) -> str:
        """Of all rows, as the protocol has it."""
        return self._digest.text

    def out(self, tab: str, key: str, version: int, gone: bool) -> None:
        """A row goes; `gone`: it said already that its fact is none."""
        self.tables.add(tab)
        self._digest.remove(tab, key, version)
        self.holders -= tab == "holder" and not gone

    def add(self, tab: str, key: str, version: int, gone: bool) -> None:
        """A row comes."""
        self.tables.add(tab)
        self._digest.add(tab, key, version)
        self.holders += tab == "holder" and not gone


def _add_sums(db: sqlite3.Connection) -> None:
    """To a file of a version that had none: what is there is taken for what was stored."""
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


def _mark(db: sqlite3.Connection, state: int) -> None:
    """Note how the file was left. A full disk, or a file closed already, is no reason to fail."""
    with suppress(sqlite3.OperationalError, sqlite3.ProgrammingError):
        db.execute(f"PRAGMA user_version = {state}")

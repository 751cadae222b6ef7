"""The journal's file: the exact bytes of events, hash-chained, each commit synced to the disk."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from controller.wire.journal_bytes import GENESIS, event_hash
from devices.agent import sqlite

_TAIL = len(b'"}')
_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS head (
  one INTEGER PRIMARY KEY CHECK (one = 1), stream TEXT NOT NULL, seq INTEGER NOT NULL,
  hash TEXT NOT NULL, boot TEXT NOT NULL, seal TEXT NOT NULL);
"""


class JournalBroken(Exception):
    """The file's content cannot be trusted; the text says where."""


class JournalFile:
    """One stream of events. Used by one thread at a time."""

    def __init__(self, db: sqlite3.Connection, stream: str, boot: str) -> None:
        """Use an open database; `stream` and `boot` stand for a file that has none yet."""
        self._db = db
        self.stream, self.last_seq, self.last_hash, self.last_boot = stream, 0, GENESIS, boot
        db.executescript(_SCHEMA)
        row = db.execute("SELECT stream, seq, hash, boot, seal FROM head").fetchone()
        if row is None:
            db.execute(
                "INSERT INTO head VALUES (1, ?, 0, ?, ?, ?)",
                (stream, GENESIS, boot, _seal(stream, 0, GENESIS, boot)),
            )
            return
        self.stream, self.last_seq, self.last_hash, self.last_boot, seal = row
        if seal != _seal(*row[:4]):
            raise JournalBroken("the journal's head does not match its seal")

    @classmethod
    def open(cls, path: Path | None, stream: str, boot: str) -> Self:
        """Open or make the file, and check every byte that is still to be sent.

        Raises JournalBroken for a damaged file, sqlite3.Error for a full or unwritable disk.
        """
        try:
            db = sqlite.connect(path)
        except sqlite3.DatabaseError as error:
            raise _as_broken(error) from error
        try:
            file = cls(db, stream, boot)
            file.check()
        except sqlite3.DatabaseError as error:
            db.close()
            raise _as_broken(error) from error
        except JournalBroken:
            db.close()
            raise
        return file

    def check(self) -> None:
        """Raise JournalBroken unless pages, hashes and chain are whole."""
        sqlite.check_pages(self._db)
        before = (-1, "")
        for seq, stored, data in self._db.execute(
            "SELECT seq, hash, CAST(bytes AS BLOB) FROM event"
        ):
            if event_hash(data) != stored:
                raise JournalBroken(f"event {seq} does not match its hash")
            if before[0] == seq - 1 and before[1] != chained_to(data):
                raise JournalBroken(f"event {seq} does not follow the one before it")
            before = (seq, stored)
        if before[0] > self.last_seq or (
            before[0] == self.last_seq and before[1] != self.last_hash
        ):
            raise JournalBroken(f"the last event is {before[0]}, the head says {self.last_seq}")

    def append(self, events: Sequence[tuple[int, str, bytes]], boot: str) -> None:
        """Commit events (seq, hash, bytes) with one sync. Raises sqlite3.Error: nothing is kept."""
        seq, last, _ = events[-1]
        with sqlite.transaction(self._db):
            self._db.executemany("INSERT INTO event VALUES (?, ?, ?)", events)
            self._db.execute(
                "UPDATE head SET seq = ?, hash = ?, boot = ?, seal = ?",
                (seq, last, boot, _seal(self.stream, seq, last, boot)),
            )
        self.last_seq, self.last_hash, self.last_boot = seq, last, boot

    def after(self, seq: int, limit: int) -> list[tuple[int, bytes]]:
        """The next unacknowledged events above seq, in order."""
        rows = self._db.execute(
            "SELECT seq, bytes FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
        )
        return list(rows)

    def within(self, first: int, last: int) -> list[tuple[int, bytes]]:
        """The unacknowledged events from first to last, in order."""
        rows = self._db.execute(
            "SELECT seq, bytes FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last)
        )
        return list(rows)

    def forget(self, ranges: Iterable[tuple[int, int]]) -> int:
        """Delete acknowledged events, and return how many there were.

        Without a sync: a deletion lost in a power cut only sends them again.
        """
        self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            with sqlite.transaction(self._db):
                return self._db.executemany(
                    "DELETE FROM event WHERE seq BETWEEN ? AND ?", ranges
                ).rowcount
        finally:
            self._db.execute("PRAGMA synchronous = FULL")

    def count(self) -> int:
        """How many events are not acknowledged yet."""
        (number,) = self._db.execute("SELECT count(*) FROM event").fetchone()
        return int(number)

    def close(self) -> None:
        self._db.close()


def salvage(path: Path) -> list[bytes]:
    """Events of a damaged file that still match their hash, as far as it can be read."""
    whole: list[bytes] = []
    try:
        db = sqlite.connect(path)
    except sqlite3.DatabaseError:
        return whole
    try:
        for stored, data in db.execute("SELECT hash, CAST(bytes AS BLOB) FROM event ORDER BY seq"):
            if event_hash(data) == stored:
                whole.append(data)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return whole  # what follows the damage cannot be reached
    finally:
        db.close()
    return whole


def chained_to(data: bytes) -> str:
    """The `prev_hash` with which an event's bytes end."""
    return data[-_TAIL - 64 : -_TAIL].decode("ascii", "replace")


def _seal(stream: str, seq: int, last: str, boot: str) -> str:
    return hashlib.sha256(f"{stream}\n{seq}\n{last}\n{boot}".encode()).hexdigest()


def _as_broken(error: sqlite3.DatabaseError) -> Exception:
    return JournalBroken(str(error)) if sqlite.is_broken(error) else error

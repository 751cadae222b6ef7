"""The journal's file: the exact bytes of events, hash-chained, each commit synced to the disk."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import msgspec

from controller.wire.journal_bytes import GENESIS, event_hash
from controller.wire.received_numbers import Ranges, ReceivedNumbers
from devices.agent import sqlite

_TAIL = len(b'"}')
_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS head (
  one INTEGER PRIMARY KEY CHECK (one = 1), stream TEXT NOT NULL, seq INTEGER NOT NULL,
  hash TEXT NOT NULL, boot TEXT NOT NULL, seal TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS acknowledged (
  one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL, also TEXT NOT NULL,
  told TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS mark (at_ms INTEGER PRIMARY KEY, through INTEGER NOT NULL);
"""
_EVENTS = "SELECT seq, hash, CAST(bytes AS BLOB) FROM event"

CACHE_KIB = 256
"""It is written at its end and read there; more would fill with what is not asked for again."""


class JournalBroken(Exception):
    """The file's content cannot be trusted; the text says where."""


class JournalFile:
    """One stream of events, acknowledged ones too until they are forgotten.

    Used by one thread at a time.
    """

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
        else:
            self.stream, self.last_seq, self.last_hash, self.last_boot, seal = row
            if seal != _seal(*row[:4]):
                raise JournalBroken("the journal's head does not match its seal")
        known = _acknowledged(db)
        self.acknowledged = self._before_0_3() if known is None else known

    @classmethod
    def open(cls, path: Path | None, stream: str, boot: str) -> Self:
        """Open or make the file, and check every byte that is still to be sent.

        Raises JournalBroken for a damaged file, sqlite3.Error for a full or unwritable disk.
        """
        try:
            db = sqlite.connect(path, cache_kib=CACHE_KIB)
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
        """Raise JournalBroken unless pages, hashes and chain are whole.

        What is acknowledged is looked at when it is offered again, if ever.
        """
        sqlite.check_pages(self._db)
        before = (-1, "")
        beyond = f"{_EVENTS} WHERE seq > ? ORDER BY seq"
        for seq, stored, data in self._db.execute(beyond, (self.acknowledged.through,)):
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
        """The next unacknowledged events above seq, in order. Raises sqlite.Damaged."""
        rows: list[tuple[int, bytes]] = []
        for first, last in self.acknowledged.missing(self.last_seq):
            if last > seq and len(rows) < limit:
                rows += self.within(max(first, seq + 1), last, limit - len(rows))
        return rows

    def within(self, first: int, last: int, limit: int = -1) -> list[tuple[int, bytes]]:
        """The events from first to last, in order. Raises sqlite.Damaged."""
        wanted = f"{_EVENTS} WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
        rows = []
        for seq, stored, data in self._db.execute(wanted, (first, last, limit)):
            if event_hash(data) != stored:
                raise sqlite.DamagedFile(f"event {seq} does not match its hash")
            rows.append((seq, data))
        return rows

    def acknowledge(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Note what the hub has committed."""
        self._note(self.acknowledged.including(ranges))

    def resume(self, held: ReceivedNumbers) -> Ranges:
        """Take what the hub holds instead of what it acknowledged; what it lacks and is gone here.

        The rest of what it lacks is unacknowledged again.
        """
        kept_from = self.kept_from()
        self._note(held.including([(1, kept_from - 1)] if kept_from > 1 else []))
        return tuple(held.missing(kept_from - 1))

    def told(self) -> Ranges:
        """The lost ranges that were last reported to the hub."""
        (text,) = self._db.execute("SELECT told FROM acknowledged").fetchone()
        return msgspec.json.decode(text, type=Ranges)

    def tell(self, gone: Ranges) -> None:
        """Remember that it has been told."""
        self._db.execute("UPDATE acknowledged SET told = ?", (msgspec.json.encode(gone).decode(),))

    def kept_from(self) -> int:
        """The lowest number that is kept; the next one where none is."""
        (first,) = self._db.execute("SELECT min(seq) FROM event").fetchone()
        return self.last_seq + 1 if first is None else int(first)

    def mark(self, at_ms: int) -> None:
        """Note the time at which everything until here was acknowledged."""
        values = (at_ms, self.acknowledged.through)
        with _unsynced(self._db):
            self._db.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", values)

    def last_mark(self) -> tuple[int, int]:
        """The newest such time, and through which number; zeros where there is none."""
        row = self._db.execute("SELECT at_ms, through FROM mark ORDER BY at_ms DESC LIMIT 1")
        return row.fetchone() or (0, 0)

    def acknowledged_at(self, at_ms: int) -> int:
        """Through which number events were acknowledged at that time, as far as is known."""
        row = self._db.execute("SELECT max(through) FROM mark WHERE at_ms <= ?", (at_ms,))
        return int(row.fetchone()[0] or 0)

    def forget(self, through: int) -> None:
        """Delete events that are acknowledged, up to a number.

        Without a sync: a deletion lost in a power cut only keeps them longer.
        """
        through = min(through, self.acknowledged.through)
        with _unsynced(self._db), sqlite.transaction(self._db):
            self._db.execute("DELETE FROM event WHERE seq <= ?", (through,))
            self._db.execute("DELETE FROM mark WHERE through <= ?", (through,))

    def count(self) -> int:
        """How many events are not acknowledged yet."""
        return max(0, self.last_seq - len(self.acknowledged))

    def close(self) -> None:
        self._db.close()

    def _note(self, taken: ReceivedNumbers) -> None:
        """Without a sync: what is lost in a power cut is only offered again."""
        if taken == self.acknowledged:
            return
        also = msgspec.json.encode(taken.also).decode()
        with _unsynced(self._db):
            self._db.execute("UPDATE acknowledged SET through = ?, also = ?", (taken.through, also))
        self.acknowledged = taken

    def _before_0_3(self) -> ReceivedNumbers:
        """Of a new file; or of an older one, in which acknowledged events were deleted."""
        there = ReceivedNumbers().plus(seq for (seq,) in self._db.execute("SELECT seq FROM event"))
        taken = ReceivedNumbers().including(there.missing(self.last_seq))
        self._db.execute(
            "INSERT INTO acknowledged (one, through, also) VALUES (1, ?, ?)",
            (taken.through, msgspec.json.encode(taken.also).decode()),
        )
        return taken


class _unsynced:
    """Commits in this block are not synced."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("PRAGMA synchronous = NORMAL")

    def __exit__(self, *_: object) -> None:
        self._db.execute("PRAGMA synchronous = FULL")


def salvage(path: Path) -> list[bytes]:
    """Events of a damaged file that still match their hash, as far as it can be read.

    Without those that it says to be acknowledged.
    """
    whole: list[bytes] = []
    try:
        db = sqlite.connect(path)
    except sqlite3.DatabaseError:
        return whole
    try:
        taken = _readable(db)
        for seq, stored, data in db.execute(f"{_EVENTS} ORDER BY seq"):
            if seq not in taken and event_hash(data) == stored:
                whole.append(data)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return whole  # what follows the damage cannot be reached
    finally:
        db.close()
    return whole


def chained_to(data: bytes) -> str:
    """The `prev_hash` with which an event's bytes end."""
    return data[-_TAIL - 64 : -_TAIL].decode("ascii", "replace")


def _acknowledged(db: sqlite3.Connection) -> ReceivedNumbers | None:
    row = db.execute("SELECT through, also FROM acknowledged").fetchone()
    if row is None:
        return None
    try:
        return ReceivedNumbers(row[0], msgspec.json.decode(row[1], type=Ranges))
    except msgspec.MsgspecError as error:
        raise JournalBroken(f"what is acknowledged cannot be read: {error}") from error


def _readable(db: sqlite3.Connection) -> ReceivedNumbers:
    """The acknowledged numbers in a damaged file; empty if they can't be read."""
    try:
        return _acknowledged(db) or ReceivedNumbers()
    except (sqlite3.DatabaseError, JournalBroken):
        return ReceivedNumbers()


def _seal(stream: str, seq: int, last: str, boot: str) -> str:
    return hashlib.sha256(f"{stream}\n{seq}\n{last}\n{boot}".encode()).hexdigest()


def _as_broken(error: sqlite3.DatabaseError) -> Exception:
    return JournalBroken(str(error)) if sqlite.is_broken(error) else error

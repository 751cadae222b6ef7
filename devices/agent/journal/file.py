"""The journal's file: the exact bytes of events, chained by hashes; each commit is synced to the
disk."""

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
"""Small, since events are written once and rarely read again."""


class JournalBroken(Exception):
    """Raised if the file's content can't be trusted; the text says where."""


class JournalFile:
    """One stream of events. Acknowledged events stay until they are deleted.

    Only one thread at a time may use it.
    """

    def __init__(self, db: sqlite3.Connection, stream: str, boot: str) -> None:
        """Use an open database; `stream` and `boot` are for a new file."""
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
        acknowledged = _read_acknowledged(db)
        self.acknowledged = (
            self._acknowledged_before_0_3() if acknowledged is None else acknowledged
        )

    @classmethod
    def open(cls, path: Path | None, stream: str, boot: str) -> Self:
        """Open or create the file, and check everything that is still to be sent.

        Raises JournalBroken for a damaged file, sqlite3.Error for a disk that is full or can't be
        written.
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
        """Check the pages, hashes and chain; raise JournalBroken if anything is damaged.

        Acknowledged events are only checked if they have to be sent again.
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
        """Commit events (seq, hash, bytes) with one sync.

        Raises sqlite3.Error; then none is stored.
        """
        seq, last, _ = events[-1]
        with sqlite.transaction(self._db):
            self._db.executemany("INSERT INTO event VALUES (?, ?, ?)", events)
            self._db.execute(
                "UPDATE head SET seq = ?, hash = ?, boot = ?, seal = ?",
                (seq, last, boot, _seal(self.stream, seq, last, boot)),
            )
        self.last_seq, self.last_hash, self.last_boot = seq, last, boot

    def after(self, seq: int, limit: int) -> list[tuple[int, bytes]]:
        """Return the next unacknowledged events above seq, in order. Raises sqlite.DamagedFile."""
        rows: list[tuple[int, bytes]] = []
        for first, last in self.acknowledged.missing(self.last_seq):
            if last > seq and len(rows) < limit:
                rows += self.within(max(first, seq + 1), last, limit - len(rows))
        return rows

    def within(self, first: int, last: int, limit: int = -1) -> list[tuple[int, bytes]]:
        """Return the events from first to last, in order. Raises sqlite.DamagedFile."""
        query = f"{_EVENTS} WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
        rows = []
        for seq, stored, data in self._db.execute(query, (first, last, limit)):
            if event_hash(data) != stored:
                raise sqlite.DamagedFile(f"event {seq} does not match its hash")
            rows.append((seq, data))
        return rows

    def acknowledge(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Note which events the hub has committed."""
        self._store_acknowledged(self.acknowledged.including(ranges))

    def resume(self, received: ReceivedNumbers) -> Ranges:
        """Replace the acknowledged numbers by those that a restored hub has; return the ranges lost
        on both sides.

        Everything else that the hub lacks counts as unacknowledged again.
        """
        first_stored = self.first_stored()
        self._store_acknowledged(
            received.including([(1, first_stored - 1)] if first_stored > 1 else [])
        )
        return tuple(received.missing(first_stored - 1))

    def reported_losses(self) -> Ranges:
        """Return the lost ranges that were last reported to the hub."""
        (text,) = self._db.execute("SELECT told FROM acknowledged").fetchone()
        return msgspec.json.decode(text, type=Ranges)

    def report_losses(self, lost: Ranges) -> None:
        """Note which lost ranges were reported to the hub."""
        self._db.execute("UPDATE acknowledged SET told = ?", (msgspec.json.encode(lost).decode(),))

    def first_stored(self) -> int:
        """Return the lowest stored number; the next new one if none is stored."""
        (first,) = self._db.execute("SELECT min(seq) FROM event").fetchone()
        return self.last_seq + 1 if first is None else int(first)

    def mark(self, at_ms: int) -> None:
        """Note the time until which the current events were acknowledged."""
        values = (at_ms, self.acknowledged.through)
        with _unsynced(self._db):
            self._db.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", values)

    def last_mark(self) -> tuple[int, int]:
        """Return the time of the newest mark and the number through which it counts; zeros without
        a mark."""
        row = self._db.execute("SELECT at_ms, through FROM mark ORDER BY at_ms DESC LIMIT 1")
        return row.fetchone() or (0, 0)

    def acknowledged_at(self, at_ms: int) -> int:
        """Return through which number events were acknowledged at that time; 0: unknown."""
        row = self._db.execute("SELECT max(through) FROM mark WHERE at_ms <= ?", (at_ms,))
        return int(row.fetchone()[0] or 0)

    def delete_through(self, through: int) -> None:
        """Delete acknowledged events up to a number.

        Without a sync: if a power cut undoes it, they are just kept longer.
        """
        through = min(through, self.acknowledged.through)
        with _unsynced(self._db), sqlite.transaction(self._db):
            self._db.execute("DELETE FROM event WHERE seq <= ?", (through,))
            self._db.execute("DELETE FROM mark WHERE through <= ?", (through,))

    def count(self) -> int:
        """Return how many events are not acknowledged yet."""
        return max(0, self.last_seq - len(self.acknowledged))

    def close(self) -> None:
        self._db.close()

    def _store_acknowledged(self, numbers: ReceivedNumbers) -> None:
        """Store the acknowledged numbers, without a sync: after a power cut, events are just sent
        again."""
        if numbers == self.acknowledged:
            return
        also = msgspec.json.encode(numbers.also).decode()
        with _unsynced(self._db):
            self._db.execute(
                "UPDATE acknowledged SET through = ?, also = ?", (numbers.through, also)
            )
        self.acknowledged = numbers

    def _acknowledged_before_0_3(self) -> ReceivedNumbers:
        """Return the acknowledged numbers of a new file, or of one from before version 0.3.

        There, acknowledged events had been deleted at once.
        """
        stored = ReceivedNumbers().plus(seq for (seq,) in self._db.execute("SELECT seq FROM event"))
        numbers = ReceivedNumbers().including(stored.missing(self.last_seq))
        self._db.execute(
            "INSERT INTO acknowledged (one, through, also) VALUES (1, ?, ?)",
            (numbers.through, msgspec.json.encode(numbers.also).decode()),
        )
        return numbers


class _unsynced:
    """A block in which commits are not synced."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("PRAGMA synchronous = NORMAL")

    def __exit__(self, *_: object) -> None:
        self._db.execute("PRAGMA synchronous = FULL")


def salvage(path: Path) -> list[bytes]:
    """Return the events of a damaged file that still match their hash, as far as it can be read.

    Events that the file lists as acknowledged are left out.
    """
    whole: list[bytes] = []
    try:
        db = sqlite.connect(path)
    except sqlite3.DatabaseError:
        return whole
    try:
        acknowledged_numbers = _readable(db)
        for seq, stored, data in db.execute(f"{_EVENTS} ORDER BY seq"):
            if seq not in acknowledged_numbers and event_hash(data) == stored:
                whole.append(data)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return whole  # nothing after the damage can be read
    finally:
        db.close()
    return whole


def chained_to(data: bytes) -> str:
    """Return the `prev_hash` at the end of an event's bytes."""
    return data[-_TAIL - 64 : -_TAIL].decode("ascii", "replace")


def _read_acknowledged(db: sqlite3.Connection) -> ReceivedNumbers | None:
    row = db.execute("SELECT through, also FROM acknowledged").fetchone()
    if row is None:
        return None
    try:
        return ReceivedNumbers(row[0], msgspec.json.decode(row[1], type=Ranges))
    except msgspec.MsgspecError as error:
        raise JournalBroken(f"what is acknowledged cannot be read: {error}") from error


def _readable(db: sqlite3.Connection) -> ReceivedNumbers:
    """Return the acknowledged numbers in a damaged file; empty if they can't be read."""
    try:
        return _read_acknowledged(db) or ReceivedNumbers()
    except (sqlite3.DatabaseError, JournalBroken):
        return ReceivedNumbers()


def _seal(stream: str, seq: int, last: str, boot: str) -> str:
    return hashlib.sha256(f"{stream}\n{seq}\n{last}\n{boot}".encode()).hexdigest()


def _as_broken(error: sqlite3.DatabaseError) -> Exception:
    return JournalBroken(str(error)) if sqlite.is_broken(error) else error

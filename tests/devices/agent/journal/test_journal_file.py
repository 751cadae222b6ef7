"""The journal's file: chained, checked, and never believed when it is damaged."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from controller.wire.events import Event
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import GENESIS, decode_event, event_hash
from devices.agent import sqlite
from devices.agent.journal.file import JournalBroken, JournalFile, salvage
from devices.agent.journal.stream import Stream

BOOT = "0b5c0f6e-7f5e-4c51-9d0e-3a4a3c1d2e3f"
Some = Callable[[int], list[Event]]


def stream_at(path: Path | None) -> Stream:
    return Stream(JournalFile.open(path, uuid7(), BOOT), Random(1))


def test_events_are_numbered_and_chained(folder: Path, some: Some) -> None:
    stream = stream_at(folder / "journal.db")
    stream.append(some(3), BOOT)
    read = [decode_event(data) for _, data in stream.file.after(0, 10)]
    assert [event.seq for event in read] == [1, 2, 3]
    hashes = [event_hash(data) for _, data in stream.file.after(0, 10)]
    assert [event.prev_hash for event in read] == [GENESIS, *hashes[:2]]


def test_a_stream_goes_on_after_a_restart_even_when_all_is_acknowledged(
    folder: Path, some: Some
) -> None:
    first = stream_at(folder / "journal.db")
    first.append(some(3), BOOT)
    last = first.file.last_hash
    first.file.acknowledge([(1, 3)])
    assert first.backlog == 0
    first.file.close()
    again = stream_at(folder / "journal.db")
    assert (again.id, again.backlog, again.file.last_seq) == (first.id, 0, 3)
    again.append(some(1), BOOT)
    ((seq, data),) = again.file.after(0, 10)
    assert (seq, decode_event(data).prev_hash) == (4, last)


@pytest.mark.parametrize("position", [0.02, 0.2, 0.5, 0.7, 0.9, 0.99])
def test_flipped_bytes_are_found_or_are_in_no_event(
    folder: Path, some: Some, position: float
) -> None:
    path = folder / "journal.db"
    stream = stream_at(path)
    stream.append(some(40), BOOT)
    whole = [data for _, data in stream.file.after(0, 100)]
    stream.file.close()
    content = bytearray(path.read_bytes())
    at = int(len(content) * position)
    content[at : at + 8] = bytes(byte ^ 0xFF for byte in content[at : at + 8])
    path.write_bytes(content)
    try:
        again = stream_at(path)
    except JournalBroken:
        assert set(salvage(path)) <= set(whole)
        return
    assert [data for _, data in again.file.after(0, 100)] == whole
    again.file.close()


def test_an_event_changed_in_place_is_found(folder: Path, some: Some) -> None:
    path = folder / "journal.db"
    stream = stream_at(path)
    stream.append(some(3), BOOT)
    stream.file.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE event SET bytes = replace(bytes, 'rex', 'xer') WHERE seq = 2")
    db.close()
    with pytest.raises(JournalBroken, match="event 2 does not match its hash"):
        stream_at(path)
    assert [decode_event(data).seq for data in salvage(path)] == [1, 3]


def test_a_head_changed_in_place_is_found(folder: Path, some: Some) -> None:
    path = folder / "journal.db"
    stream = stream_at(path)
    stream.append(some(2), BOOT)
    stream.file.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE head SET seq = 1")
    db.close()
    with pytest.raises(JournalBroken, match="seal"):
        stream_at(path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET seq = 9 WHERE seq = 3",
        "DELETE FROM event WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3",
    ],
)
def test_a_moved_event_is_found(folder: Path, some: Some, change: str) -> None:
    path = folder / "journal.db"
    stream = stream_at(path)
    stream.append(some(3), BOOT)
    stream.file.close()
    with sqlite3.connect(path) as db:
        db.executescript(change)
    db.close()
    with pytest.raises(JournalBroken):
        stream_at(path)


def test_a_file_that_is_no_database_is_found_and_set_aside(folder: Path) -> None:
    path = folder / "journal.db"
    path.write_bytes(b"this is not a database, it is a letter" * 200)
    with pytest.raises(JournalBroken):
        stream_at(path)
    assert salvage(path) == []
    kept = sqlite.set_aside(path, "broken")
    assert (kept.name, path.exists()) == ("journal.db.broken", False)


def test_a_full_disk_keeps_nothing_of_a_commit(folder: Path, some: Some) -> None:
    stream = stream_at(folder / "journal.db")
    stream.append(some(2), BOOT)
    stream.file._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as caught:
        stream.append(some(500), BOOT)
    assert sqlite.is_unwritable(caught.value)
    assert not sqlite.is_broken(caught.value)
    assert (stream.file.last_seq, stream.backlog, stream.file.count()) == (2, 2, 2)

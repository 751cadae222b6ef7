"""What outlasts a restart."""

import sqlite3
from pathlib import Path

import pytest

from devices.agent.state_store import StateStore


def test_values_come_back_by_prefix(folder: Path) -> None:
    state_store = StateStore.open(folder / "state.db", "mark")
    state_store.keep({"point/a": b"1", "point/b": b"2", "starts": b"3"})
    state_store.keep({"point/a": None, "point/b": b"4"})
    state_store.close()
    again = StateStore.open(folder / "state.db", "mark")
    assert again.read("point/") == {"point/b": b"4"}
    assert (again.get("starts"), again.get("nothing")) == (b"3", None)
    assert not again.was_broken
    again.close()


def test_a_damaged_file_is_set_aside_and_said(folder: Path) -> None:
    path = folder / "state.db"
    path.write_bytes(b"no database at all" * 500)
    state_store = StateStore.open(path, "broken-1")
    assert state_store.was_broken
    assert (folder / "state.db.broken-1").exists()
    state_store.keep({"a": b"1"})
    state_store.close()


def test_a_folder_that_cannot_be_written_is_an_error(folder: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        StateStore.open(folder / "nothing" / "state.db", "mark")


def test_a_commit_that_fails_keeps_nothing(folder: Path) -> None:
    state_store = StateStore.open(folder / "state.db", "mark")
    state_store.keep({"a": b"1"})
    state_store._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError):
        state_store.keep({"a": b"2", "b": b"x" * 200_000})
    assert state_store.read("") == {"a": b"1"}
    state_store.close()

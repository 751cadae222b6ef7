"""What outlasts a restart."""

import sqlite3
from pathlib import Path

import pytest

from devices.agent.keeper import StateStore


def test_values_come_back_by_prefix(folder: Path) -> None:
    keeper = StateStore.open(folder / "state.db", "mark")
    keeper.keep({"point/a": b"1", "point/b": b"2", "starts": b"3"})
    keeper.keep({"point/a": None, "point/b": b"4"})
    keeper.close()
    again = StateStore.open(folder / "state.db", "mark")
    assert again.read("point/") == {"point/b": b"4"}
    assert (again.get("starts"), again.get("nothing")) == (b"3", None)
    assert not again.was_broken
    again.close()


def test_a_damaged_file_is_set_aside_and_said(folder: Path) -> None:
    path = folder / "state.db"
    path.write_bytes(b"no database at all" * 500)
    keeper = StateStore.open(path, "broken-1")
    assert keeper.was_broken
    assert (folder / "state.db.broken-1").exists()
    keeper.keep({"a": b"1"})
    keeper.close()


def test_a_folder_that_cannot_be_written_is_an_error(folder: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        StateStore.open(folder / "nothing" / "state.db", "mark")


def test_a_commit_that_fails_keeps_nothing(folder: Path) -> None:
    keeper = StateStore.open(folder / "state.db", "mark")
    keeper.keep({"a": b"1"})
    keeper._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError):
        keeper.keep({"a": b"2", "b": b"x" * 200_000})
    assert keeper.read("") == {"a": b"1"}
    keeper.close()

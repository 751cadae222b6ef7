"""What a backup is: complete, private, and never written over another."""

from pathlib import Path

import pytest
from sqlalchemy import text

from controller.store.backup import backup
from controller.store.engine import open_database
from controller.store.migrate import current, upgrade
from controller.store.restore import require_backup, stage
from controller.store.swap import Move, swap
from controller.store.unavailable import DatabaseError


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An upgraded, empty database."""
    address = f"sqlite:///{tmp_path}/loquet.db"
    engine = open_database(address, make=True)
    upgrade(engine)
    engine.dispose()
    return address


def test_a_backup_brings_a_database_back_as_it_was(url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    engine = open_database(url)
    version = current(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    engine.dispose()
    there, ready, kept = (tmp_path / name for name in ("loquet.db", "ready.db", "kept.db"))
    stage(tmp_path / "copy.db", ready)
    swap(tmp_path / "note", [Move(ready, there, kept)])
    for file, wanted in ((there, version), (kept, None)):
        engine = open_database(f"sqlite:///{file}")
        assert current(engine) == wanted
        engine.dispose()


def test_a_backup_can_be_read_by_its_owner_only(url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_replaces_no_file(url: str, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("yesterday's")
    with pytest.raises(DatabaseError, match="exists already"):
        backup(url, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "yesterday's"


def test_a_folder_that_is_not_there_is_one_clear_line(url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="cannot be written"):
        backup(url, tmp_path / "nowhere" / "copy.db")


def test_a_file_that_is_no_backup_is_refused(url: str, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all")
    with pytest.raises(DatabaseError, match="is not a backup of Loquet"):
        require_backup(tmp_path / "letter.txt", url)

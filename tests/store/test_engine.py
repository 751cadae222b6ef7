"""Opening databases: durable settings, and one clear line when it can't be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.models import Lease
from controller.store.engine import open_database, read_only, sessions
from controller.store.unavailable import DatabaseError

MOMENT = Utc.parse("2026-11-24T10:00:00.123Z")


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("sqlite:////nowhere/at/all/x.db", "folder /nowhere/at/all does not exist"),
        ("sqlite://", "a SQLite database needs a file"),
        ("mysql://localhost/x", "mysql is not supported; use sqlite or postgresql"),
        ("not a url", "can't be read; write sqlite:///FILE"),
        ("postgresql://u:secret@127.0.0.1:9/x?connect_timeout=2", "connection"),
    ],
)
def test_what_can_not_be_opened_is_one_line(url: str, line: str) -> None:
    with pytest.raises(DatabaseError, match=line) as caught:
        open_database(url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database, whatever its name says")
    with pytest.raises(DatabaseError, match="file is not a database"):
        open_database(f"sqlite:///{tmp_path / 'x.db'}", make=True)


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}", make=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE person (name TEXT)"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    engine.dispose()
    names = {"x.db", "x.db-wal", "x.db-shm", "x.db.in-use"}
    assert modes == dict.fromkeys(names, 0o600)


def test_sqlite_is_durable_and_checks_references(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}", make=True)
    with engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_a_reader_waits_for_no_writer(engine: Engine) -> None:
    with engine.begin() as writing, read_only(engine).connect() as reading:
        writing.execute(text("INSERT INTO audit_head (id, seq, hash) VALUES (2, 0, '')"))
        assert reading.execute(text("SELECT count(*) FROM audit_head")).scalar() == 1


def test_a_second_writer_of_sqlite_waits_from_its_begin(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}", make=True)
    second = open_database(f"sqlite:///{tmp_path / 'x.db'}", make=True)
    with second.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        connection.rollback()
        with engine.begin(), pytest.raises(OperationalError, match="locked"):
            connection.exec_driver_sql("SELECT 1")
    second.dispose()
    engine.dispose()


def test_times_come_back_as_they_went(engine: Engine) -> None:
    with sessions(engine).begin() as db:
        db.add(Lease(name="x", holder="h", until=MOMENT, term=1))
    with Session(engine) as db:
        found = db.get_one(Lease, "x").until
    assert isinstance(found, Utc)
    assert found == MOMENT
    assert found.text() == MOMENT.text()


def test_a_time_that_is_not_utc_is_refused(engine: Engine) -> None:
    wrong = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(StatementError, match="is not a Utc"), sessions(engine).begin() as db:
        db.add(Lease(name="x", holder="h", until=wrong, term=1))

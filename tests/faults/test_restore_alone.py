"""A backup is put back only where nothing runs on the database, and nothing starts meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from controller.cli.database_restore import restore
from controller.settings import DatabaseSettings, Settings
from controller.store.backup import backup
from controller.store.engine import open_database
from controller.store.restore import exclusive_use
from controller.store.unavailable import DatabaseError
from tests.support.until import until

HOLDER = """
import sys
from controller.store.engine import open_database
engine = open_database(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""
IN_USE = "in use; stop loquet-serve, loquet-hub and loquet-web"


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    """It has the database open, as `loquet serve` has."""
    command = [sys.executable, "-c", HOLDER, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def is_free(url: str) -> bool:
    try:
        with exclusive_use(url):
            return True
    except DatabaseError:
        return False


def test_a_restore_over_a_running_process_is_refused(database_url: str) -> None:
    """Whoever was killed uses it no more: the lock goes with the process."""
    with another_process(database_url) as process:
        with pytest.raises(DatabaseError, match=IN_USE), exclusive_use(database_url):
            pass
        process.kill()
        process.wait()
        until(lambda: is_free(database_url), "it stays locked")


def test_nothing_starts_while_a_backup_is_put_back(database_url: str) -> None:
    """What runs and lost its connection doesn't write into the middle of it either."""
    engine = open_database(database_url)
    engine.dispose()
    with exclusive_use(database_url):
        with pytest.raises(DatabaseError, match="a backup is being restored"):
            open_database(database_url)
        with pytest.raises(OperationalError, match="a backup is being restored"):
            engine.connect()
        with pytest.raises(DatabaseError, match=IN_USE), exclusive_use(database_url):
            pass
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_a_backup_comes_back_whole_or_not_at_all(
    database_url: str, tmp_path: Path, postgres_programs: None
) -> None:
    """Also over a newer schema; a file that is none changes nothing."""
    file, letter = tmp_path / "backup", tmp_path / "letter"
    backup(database_url, file)
    letter.write_text("Dear all")
    engine = open_database(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE later (name TEXT)"))
        connection.execute(text("DELETE FROM audit_head"))
    engine.dispose()
    settings = Settings(database=DatabaseSettings(url=database_url))
    with pytest.raises(DatabaseError, match="is not a backup of Loquet"):
        restore(settings, letter, confirm=lambda: None)
    restore(settings, file, confirm=lambda: None)
    engine = open_database(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_head")).scalar() == 1
        with pytest.raises(Exception, match="later"):
            connection.execute(text("SELECT * FROM later"))
    engine.dispose()


def test_a_password_stands_in_no_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" "($PGPASSWORD)" > {tmp_path}/seen\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    backup("postgresql://loquet:s3cret@db.example/loquet", tmp_path / "backup")
    seen = (tmp_path / "seen").read_text()
    words, _, password = seen.strip().rpartition(" ")
    assert password == "(s3cret)"
    assert "s3cret" not in words
    assert "--dbname=postgresql://loquet@db.example/loquet" in words

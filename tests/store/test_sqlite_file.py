"""A SQLite file is used where it was opened, or not at all."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from controller.store.engine import open_database
from controller.store.sqlite_engine import empty_journal
from controller.store.sqlite_file import mark
from controller.store.unavailable import Cause, DatabaseUnavailable
from tests.support.databases import migrated_sqlite

MORE = text("UPDATE audit_head SET seq = seq + 1")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    migrated_sqlite(tmp_path)
    return tmp_path / "loquet.db"


@pytest.fixture
def opened(file: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{file}")
    add(engine)
    yield engine
    engine.dispose()


def add(engine: Engine) -> int:
    """Change something; how often it was."""
    with engine.begin() as connection:
        connection.execute(MORE)
        return int(connection.execute(text("SELECT seq FROM audit_head")).scalar_one())


def cause(engine: Engine) -> Cause:
    """Why nothing can be changed."""
    with pytest.raises(DatabaseUnavailable) as caught:
        add(engine)
    return caught.value.cause


def saved(engine: Engine, file: Path, name: str) -> Path:
    """A copy of all that is there now."""
    assert empty_journal(engine)
    return Path(shutil.copy(file, file.with_name(name)))


def test_a_file_that_is_away_is_not_made_anew(opened: Engine, file: Path) -> None:
    away = file.rename(file.with_name("away.db"))
    assert cause(opened) is Cause.AWAY
    assert not file.exists()
    away.rename(file)
    assert add(opened) == 2


def test_what_is_under_way_is_not_committed_to_a_file_that_has_gone(
    opened: Engine, file: Path
) -> None:
    with opened.connect() as connection:
        connection.execute(MORE)
        away = file.rename(file.with_name("away.db"))
        with pytest.raises(DatabaseUnavailable):
            connection.commit()
    away.rename(file)
    assert add(opened) == 2


def test_another_places_file_is_not_touched(opened: Engine, file: Path) -> None:
    other = saved(opened, file, "other.db")
    with other.open("r+b") as bytes_:
        bytes_.seek(60)
        bytes_.write(b"\1\2\3\4")
    before = other.read_bytes()
    file.rename(file.with_name("away.db"))
    other.rename(file)
    assert cause(opened) is Cause.FOREIGN
    assert file.read_bytes() == before
    file.with_name("away.db").rename(file)
    assert add(opened) == 2


def test_a_copy_is_taken_up_unless_it_lacks_something(opened: Engine, file: Path) -> None:
    older = saved(opened, file, "older.db")
    assert add(opened) == 2
    newer = saved(opened, file, "newer.db")
    file.rename(file.with_name("away.db"))
    older.rename(file)
    assert cause(opened) is Cause.FOREIGN
    newer.replace(file)
    assert add(opened) == 3


def test_each_places_file_has_a_number_and_keeps_it(file: Path) -> None:
    numbers = set()
    for _ in range(2):
        mark(file)
        numbers.add(file.read_bytes()[60:64])
    assert len(numbers) == 1
    assert numbers != {bytes(4)}

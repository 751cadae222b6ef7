"""A database in which people have lived, of each released version, is brought to this schema."""

import lzma
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from controller.assembly import HOUSE
from controller.hub.rebuild import rebuild
from controller.kernel import audit
from controller.kernel.database import Database, wall_clock
from controller.policy import check_policy
from controller.store import migrate
from controller.store.engine import open_database
from tests.store.make_filled import FOLDER
from tests.support.databases import an_empty_one, postgres_program

FILES = sorted(FOLDER.glob("*.xz"))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """As that version left it."""
    file: Path = request.param
    data = lzma.decompress(file.read_bytes())
    if file.suffixes[-2] == ".sqlite":
        (tmp_path / "loquet.db").write_bytes(data)
        engine = open_database(f"sqlite:///{tmp_path / 'loquet.db'}")
        yield engine
        engine.dispose()
        return
    with an_empty_one(request.getfixturevalue("postgres_url")) as url:
        psql = [postgres_program("psql"), "-q", "-v", "ON_ERROR_STOP=1", url]
        subprocess.run(psql, input=data, check=True, stdout=subprocess.DEVNULL)
        engine = open_database(url)
        yield engine
        engine.dispose()


def counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has, but the one that says how far it is upgraded."""
    with engine.connect() as connection:
        tables = {*inspect(connection).get_table_names()} - {"alembic_version"}
        return {
            each: connection.execute(text(f'SELECT count(*) FROM "{each}"')).scalar_one()  # noqa: S608
            for each in tables
        }


def test_nothing_is_lost_and_everything_still_agrees(filled: Engine) -> None:
    before = counts(filled)
    migrate.upgrade(filled, HOUSE.migrations)
    migrate.check(filled, HOUSE.migrations)
    after = counts(filled)
    assert {each: after.get(each) for each in before} == before
    assert before["event"] > 10
    assert before["member"] == 2
    database = Database(filled, house=HOUSE)
    with database.write() as db:
        assert audit.verify(db) is None
        assert check_policy(db, wall_clock()) == []
        assert rebuild(db) == []
        db.rollback()


def test_there_is_one_of_each_kind_for_the_frozen_schema() -> None:
    assert {file.stem for file in FILES} >= {"0.2.0.sqlite", "0.2.0.postgresql"}

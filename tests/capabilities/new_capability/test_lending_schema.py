"""A new feature brings its branch of the schema, to databases that are there and to new ones."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from controller.assembly import HOUSE
from controller.store.base import Base
from controller.store.engine import open_database
from controller.store.migrate import current, require_current, upgrade
from controller.store.unavailable import DatabaseError
from tests.capabilities.new_capability.conftest import WITH_LENDING
from tests.support.databases import an_empty_one
from tests.support.lending.models import LoanRow


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'fresh.db'}", make=True)
        yield engine
        engine.dispose()
        return
    with an_empty_one(request.getfixturevalue("postgres_url")) as url:
        engine = open_database(url)
        yield engine
        engine.dispose()


def complete(engine: Engine) -> None:
    """Raise AssertionError, or DatabaseError, unless all tables are as the models say."""
    require_current(engine, WITH_LENDING.migrations)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        both: Any = [Base.metadata, LoanRow.metadata]  # as Alembic takes it, by its documentation
        assert compare_metadata(context, both) == []


def test_a_new_database_has_its_table(fresh: Engine) -> None:
    upgrade(fresh, WITH_LENDING.migrations)
    complete(fresh)


def test_a_database_that_is_there_is_told_to_be_upgraded_and_is(engine: Engine) -> None:
    before = current(engine)
    require_current(engine, HOUSE.migrations)
    with pytest.raises(DatabaseError, match=r"this program needs .*lending_0001"):
        require_current(engine, WITH_LENDING.migrations)
    upgrade(engine, WITH_LENDING.migrations)
    complete(engine)
    assert current(engine) != before
    upgrade(engine, WITH_LENDING.migrations)
    complete(engine)


def test_the_next_step_of_the_house_is_made_beside_the_rooms(
    engine: Engine, tmp_path: Path
) -> None:
    upgrade(engine, WITH_LENDING.migrations)
    step = """\
        import sqlalchemy as sa
        from alembic import op

        revision, down_revision = "next", "1000"


        def upgrade() -> None:
            op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    """
    (tmp_path / "next.py").write_text(dedent(step), encoding="utf-8")
    folders = (*WITH_LENDING.migrations, tmp_path)
    with pytest.raises(DatabaseError, match="run: loquet db upgrade"):
        require_current(engine, folders)
    upgrade(engine, folders)
    require_current(engine, folders)
    assert inspect(engine).has_table("later")


def test_a_program_without_the_room_refuses_the_database(engine: Engine) -> None:
    upgrade(engine, WITH_LENDING.migrations)
    with pytest.raises(DatabaseError, match="newer than this program"):
        require_current(engine, HOUSE.migrations)


def test_each_column_has_one_decision() -> None:
    (kept,) = WITH_LENDING.personal_data[len(HOUSE.personal_data) :]
    assert sorted(kept.columns) == sorted(kept.table.columns.keys())

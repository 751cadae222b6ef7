"""The migrations make exactly the models' tables, and a newer database is refused in one line."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from controller.assembly import HOUSE
from controller.store import migrate
from controller.store.base import Base
from controller.store.engine import open_database
from controller.store.unavailable import DatabaseError


def test_models_are_what_the_migrations_make(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    before = migrate.current(engine)
    migrate.upgrade(engine, HOUSE.migrations)
    assert migrate.current(engine) == before
    migrate.require_current(engine, HOUSE.migrations)


def test_a_newer_database_is_refused_with_both_versions(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
    for refuse in (migrate.require_current, migrate.upgrade):
        with pytest.raises(
            DatabaseError, match=r"version .*9999.*, newer than this program's \d+[,;] "
        ):
            refuse(engine, HOUSE.migrations)


def test_an_empty_database_says_what_to_run(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'empty.db'}", make=True)
    with pytest.raises(DatabaseError, match="is empty; run: loquet db upgrade"):
        migrate.require_current(engine)
    engine.dispose()


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_audit_can_only_be_added_to(engine: Engine, statement: str) -> None:
    insert = (
        "INSERT INTO audit (seq, at, actor, action, subject, detail, prev_hash, hash)"
        " VALUES (1, '2026-11-24 10:00:00', 'a', 'b', 'c', '{}', '', '')"
    )
    with engine.begin() as connection:
        connection.execute(text(insert))
    with pytest.raises(Exception, match="can only be added to"), engine.begin() as connection:
        connection.execute(text(statement))

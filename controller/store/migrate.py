"""Bring a database to this program's schema, and refuse one that is from a newer program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from controller.store.engine import DatabaseError, reader, shown

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Run what is missing, in one transaction. Raises DatabaseError for a newer database."""
    with engine.begin() as connection:
        _refuse_newer(connection, engine)
        command.upgrade(_config(connection), "head")


def check(engine: Engine) -> None:
    """Raise DatabaseError, with what to do, unless the schema is exactly this program's."""
    with reader(engine).connect() as connection:
        _refuse_newer(connection, engine)
        found = _found(connection)
    head = _head()
    if found == head:
        return
    state = f"is at version {found}, this program needs {head}" if found else "is empty"
    raise DatabaseError(f"database {shown(engine)} {state}; run: loquet db upgrade")


def current(engine: Engine) -> str | None:
    """The database's version; None when it is empty."""
    with reader(engine).connect() as connection:
        return _found(connection)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _found(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: Connection, engine: Engine) -> None:
    found = _found(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseError(
            f"database {shown(engine)} is at version {found}, newer than this program's {_head()};"
            " install the newer Loquet, or restore an older backup"
        )

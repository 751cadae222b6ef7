"""A database that is locked, full, read-only or refuses connections: said at once, over by itself.

Reads go on where they can; a write is answered 503, with when to try again, and is not done.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.faults.database_refuses import no_room
from tests.support.databases import a_copy
from tests.support.served import Served, served
from tests.support.until import until

FULL = """
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.pool import Pool

@event.listens_for(Pool, "checkout")
def _grow_no_more(connection, _record, _proxy):
    mark = Path(sys.argv[1]).with_name("full")
    most = "1" if mark.exists() else "4294967294"
    connection.execute(f"PRAGMA max_page_count={most}").close()
"""


@contextmanager
def locked(place: Served) -> Iterator[None]:
    """Another program holds the write lock, or PostgreSQL's of a table that each change needs."""
    if place.database.startswith("sqlite"):
        with closing(sqlite3.connect(place.folder / "loquet.db", isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            yield
            db.execute("ROLLBACK")
        return
    with psycopg.connect(_plain(place.database)) as db:
        db.execute("LOCK TABLE audit_head IN ACCESS EXCLUSIVE MODE")
        yield
        db.rollback()


@contextmanager
def full(place: Served) -> Iterator[None]:
    """Not a page more: SQLite says that the disk is full."""
    mark = place.folder / "full"
    mark.touch()
    yield
    mark.unlink()


@contextmanager
def refusing(place: Served) -> Iterator[None]:
    """PostgreSQL ends its connections, and takes no new one."""
    name = make_url(place.database).database
    with psycopg.connect(_plain(place.database, "postgres"), autocommit=True) as db:
        db.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        yield
        db.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


@contextmanager
def nothing(_place: Served) -> Iterator[None]:
    """It is so from the start."""
    yield


def _plain(url: str, database: str | None = None) -> str:
    found = make_url(url).set(drivername="postgresql")
    found = found if database is None else found.set(database=database)
    return found.render_as_string(hide_password=False)


Fault = Callable[[Served], AbstractContextManager[None]]


def found_in(place: Served, fault: Fault) -> dict[str, int]:
    """What is answered while there is a fault, once a write has met it."""
    with fault(place):
        until(lambda: place.write() != 201, "whatever is written finds room")
        return {"write": place.write(), "ready": place.ready(), "read": place.read()}


WITHOUT_OVERRIDE = """
import ctypes
libc = ctypes.CDLL(None)
header, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
assert libc.capget(header, held) == 0
held[0] &= ~2
held[1] &= ~2
assert libc.capset(header, held) == 0
"""
"""Root without CAP_DAC_OVERRIDE (capabilities(7)): what a file's mode says holds for it too."""
ON = {"write": 503, "ready": 503, "read": 200}


@pytest.mark.parametrize(("fault", "program"), [(locked, ""), (full, FULL), (no_room, "")])
def test_sqlite_reads_go_on_writes_are_refused_and_it_is_over_by_itself(
    tmp_path: Path, fault: Fault, program: str
) -> None:
    with served(tmp_path, "sqlite:///loquet.db", program) as place:
        assert (place.write(), place.ready()) == (201, 200)
        assert found_in(place, fault) == ON
        assert place.ready() == 200
        before = place.members()
        assert (place.write(), place.members()) == (201, before + 1)


def test_postgresql_locked(tmp_path: Path, postgres_url: str) -> None:
    with a_copy(postgres_url, tmp_path) as url, served(tmp_path, url) as place:
        assert (place.write(), place.ready()) == (201, 200)
        assert found_in(place, locked) == ON
        assert (place.ready(), place.write(), place.members()) == (200, 201, 2)


def test_postgresql_refuses_connections(tmp_path: Path, postgres_url: str) -> None:
    with a_copy(postgres_url, tmp_path) as url, served(tmp_path, url) as place:
        assert (place.write(), place.ready()) == (201, 200)
        with refusing(place):
            assert (place.write(), place.ready(), place.read()) == (503, 503, 503)
        until(lambda: place.ready() == 200, "it does not go on")
        assert (place.write(), place.members()) == (201, 2)


def test_sqlite_read_only(tmp_path: Path) -> None:
    """From the start: what is open already stays open for writing."""
    file = tmp_path / "loquet.db"
    protect = served(tmp_path, "sqlite:///loquet.db", WITHOUT_OVERRIDE, lambda _: file.chmod(0o400))
    with protect as place:
        assert found_in(place, nothing) == ON
        file.chmod(0o600)
        until(lambda: place.ready() == 200, "it does not go on")
        assert (place.write(), place.members()) == (201, 1)

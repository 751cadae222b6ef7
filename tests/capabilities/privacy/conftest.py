"""The lived place, in a real database of both kinds: made once, then copied."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.store.engine import open_database
from tests.capabilities.privacy.lived import Lived, again, found_place, live
from tests.support.databases import a_copy, migrated_sqlite


@pytest.fixture(scope="session")
def lived_in_sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Lived]:
    """Made once, in a file."""
    return _made(migrated_sqlite(tmp_path_factory.mktemp("lived")))


@pytest.fixture(scope="session")
def lived_in_postgresql(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Lived]]:
    """Made once, in a database of its own."""
    with a_copy(postgres_url, tmp_path_factory.mktemp("lived")) as url:
        yield _made(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def lived(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lived]:
    """A place in which two people have been for nine days."""
    url, made = request.getfixturevalue(f"lived_in_{request.param}")
    with a_copy(url, tmp_path) as copy:
        engine = open_database(copy)
        yield again(engine, made)
        engine.dispose()


@pytest.fixture
def new_place(engine: Engine) -> Lived:
    """A place in which nobody has been yet."""
    return found_place(engine)


def _made(url: str) -> tuple[str, Lived]:
    engine = open_database(url)
    place = found_place(engine)
    live(place)
    place.database.drop_old_pages()
    engine.dispose()  # a database that somebody uses can't be copied
    return url, place

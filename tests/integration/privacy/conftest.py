"""The lived place, in a real database of both kinds: made once, then copied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.store.engine import open_database
from tests.databases import copied, database_url, engine, postgres_url, sqlite_template
from tests.integration.privacy.lived import Lived, again, found_place, live

__all__ = ["database_url", "engine", "postgres_url", "sqlite_template"]


@pytest.fixture(scope="session")
def lived_in_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Made once, in a file."""
    file = tmp_path_factory.mktemp("lived") / "loquet.db"
    shutil.copy(sqlite_template, file)
    return _made(f"sqlite:///{file}")


@pytest.fixture(scope="session")
def lived_in_postgresql(postgres_url: str) -> Lived:
    """Made once, in a database of its own."""
    return _made(copied(postgres_url))


@pytest.fixture(params=["sqlite", "postgresql"])
def lived(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lived]:
    """A place in which two people have been for nine days."""
    made: Lived = request.getfixturevalue(f"lived_in_{request.param}")
    url = made.database.engine.url.render_as_string(hide_password=False)
    if request.param == "sqlite":
        copy = f"sqlite:///{tmp_path / 'loquet.db'}"
        shutil.copy(Path(made.database.engine.url.database or ""), tmp_path / "loquet.db")
    else:
        copy = copied(url)
    engine = open_database(copy)
    yield again(engine, made)
    engine.dispose()


@pytest.fixture
def new_place(engine: Engine) -> Lived:
    """A place in which nobody has been yet."""
    return found_place(engine)


def _made(url: str) -> Lived:
    engine = open_database(url)
    place = found_place(engine)
    live(place)
    place.database.drop_old_pages()
    engine.dispose()  # a database that somebody uses can't be copied
    return place

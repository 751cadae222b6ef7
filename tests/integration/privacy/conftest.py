"""The lived place, in a real database of both kinds."""

import pytest
from sqlalchemy import Engine

from tests.databases import database_url, engine, postgres_url, sqlite_template
from tests.integration.privacy.lived import Lived, found_place, live

__all__ = ["database_url", "engine", "postgres_url", "sqlite_template"]


@pytest.fixture
def lived(engine: Engine) -> Lived:
    """A place in which two people have been for nine days."""
    place = found_place(engine)
    live(place)
    return place


@pytest.fixture
def new_place(engine: Engine) -> Lived:
    """A place in which nobody has been yet."""
    return found_place(engine)

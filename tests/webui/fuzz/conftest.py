"""The two furnished sites, made once and copied for each test."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from controller.assembly import HOUSE
from controller.kernel.database import Database
from controller.store.engine import open_database
from tests.support.databases import a_copy, migrated_sqlite
from tests.webui.conftest import Clock
from tests.webui.fuzz.fuzz_world import World, build, fuzz_app

KINDS = ("sqlite", "postgresql") if os.environ.get("LOQUET_SOAK") else ("sqlite",)


@pytest.fixture(scope="session", params=KINDS)
def furnished(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, World]]:
    """A database with two furnished sites, to be copied."""
    folder = tmp_path_factory.mktemp("furnished")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = migrated_sqlite(folder)
        else:
            url = stack.enter_context(a_copy(request.getfixturevalue("postgres_url"), folder))
        engine = open_database(url)
        database = Database(engine, house=HOUSE)
        world = build(database, fuzz_app(database, Clock(), folder))
        engine.dispose()
        yield url, world


@pytest.fixture
def world(furnished: tuple[str, World], tmp_path: Path) -> Iterator[World]:
    url, made = furnished
    with a_copy(url, tmp_path) as copy:
        engine = open_database(copy)
        app = fuzz_app(Database(engine, house=HOUSE), Clock(), tmp_path)
        yield replace(made, app=app, here=deepcopy(made.here), there=deepcopy(made.there))
        engine.dispose()

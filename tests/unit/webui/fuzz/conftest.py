"""The two furnished sites, made once and copied for each test."""

import os
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from controller.assembly import HOUSE
from controller.kernel.database import Database
from controller.store.engine import open_database
from tests.databases import copied, postgres_url, sqlite_template
from tests.unit.webui.conftest import Clock
from tests.unit.webui.fuzz.fuzz_world import World, build, fuzz_app

__all__ = ["postgres_url", "sqlite_template"]

KINDS = ("sqlite", "postgresql") if os.environ.get("LOQUET_SOAK") else ("sqlite",)


@pytest.fixture(scope="session", params=KINDS)
def furnished(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, World]:
    """A database with two furnished sites, to be copied."""
    folder = tmp_path_factory.mktemp("furnished")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "loquet.db")
        url = f"sqlite:///{folder / 'loquet.db'}"
    else:
        url = copied(request.getfixturevalue("postgres_url"))
    engine = open_database(url)
    database = Database(engine, house=HOUSE)
    world = build(database, fuzz_app(database, Clock(), folder))
    engine.dispose()
    return url, world


@pytest.fixture
def world(furnished: tuple[str, World], tmp_path: Path) -> Iterator[World]:
    url, made = furnished
    if url.startswith("sqlite"):
        shutil.copy(url.removeprefix("sqlite:///"), tmp_path / "loquet.db")
        url = f"sqlite:///{tmp_path / 'loquet.db'}"
    else:
        url = copied(url)
    engine = open_database(url)
    app = fuzz_app(Database(engine, house=HOUSE), Clock(), tmp_path)
    yield replace(made, app=app, here=deepcopy(made.here), there=deepcopy(made.there))
    engine.dispose()

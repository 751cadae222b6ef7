"""A place in which two people have been for nine days: filled once a run, then copied."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.capabilities.agents.installation import prepare
from controller.kernel.database import wall_clock
from controller.settings.reading import load
from tests.capabilities.privacy.lived import found_place, live
from tests.support.databases import a_copy, filled_once


def filled_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of a copy; one of the server's is gone with the test."""
    server = None if kind == "sqlite" else request.getfixturevalue("postgres_url")
    stack = ExitStack()
    url = stack.enter_context(a_copy(filled_once(kind, "filled", _fill, server), folder))
    request.addfinalizer(stack.close)
    return url


def filled_place(kind: str, request: pytest.FixtureRequest, folder: Path) -> Path:
    """The configuration of a place with such a database."""
    (folder / "var").mkdir()
    if kind == "postgresql":
        request.getfixturevalue("postgres_programs")
    url = filled_database(kind, request, folder / "var")
    config = folder / "config.toml"
    config.write_text(f'database.url = {json.dumps(url)}\n[site]\nid = "fabrique"\n')
    return config


def put_keys(config: Path) -> None:
    """Make the place's keys; those of badge numbers are the ones it was filled with."""
    settings = load(config, {})
    prepare(settings, wall_clock())
    for name, key in (("credential.key", b"k" * 32), ("card.key", b"w" * 32)):
        (Path(settings.site.keys) / name).write_text(key.hex())


def _fill(engine: Engine) -> None:
    place = found_place(engine)
    live(place)
    place.database.drop_old_pages()

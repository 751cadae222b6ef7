"""A place for each test, and its bench."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.sim.client import SimBench
from tests.support.agent_place import Place


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("a")
    place = Place(folder)
    yield place
    place.end()


@pytest.fixture
def bench(place: Place) -> Iterator[SimBench]:
    with SimBench(place.socket) as bench:
        bench.watch("power", "door")
        yield bench

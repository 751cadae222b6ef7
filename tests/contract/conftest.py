"""The running place that the contract tests share."""

from collections.abc import Iterator

import pytest

from tests.support.running_place import RunningPlace, running_place


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlace]:
    """The demo's place, started when the first test asks for it."""
    with running_place(tmp_path_factory.mktemp("place")) as running:
        yield running

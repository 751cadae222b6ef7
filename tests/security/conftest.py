"""A place with a real broker as it is shipped, and agents with good certificates and bad intent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.hub.hub_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.broker.start()
    yield made
    made.broker.kill()
    made.world.database.engine.dispose()

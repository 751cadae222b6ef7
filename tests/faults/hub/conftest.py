"""A place with a real broker, whose hubs can be killed."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.hub.hub_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    made = Site(tmp_path, port)
    made.start_broker()
    yield made
    made.kill_broker()
    made.world.database.engine.dispose()

"""One demo for all flows, and what they cost, written down at the end."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.flows.all_flows import FLOWS
from tests.flows.flow import Done, Theatre
from tests.flows.ledger import whole, write
from tests.flows.stage import Stage, the_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The demo's place with its processes."""
    with the_stage(tmp_path_factory.mktemp("flows")) as stage:
        yield stage


@pytest.fixture(scope="session")
def ledger() -> Iterator[list[Done]]:
    """What was done; written down of each flow that was done in every way."""
    done: list[Done] = []
    yield done
    if whole(done):
        write(done, FLOWS)


@pytest.fixture(scope="session")
def theatre(stage: Stage, chromium: Browser) -> Theatre:
    """Who plays there."""
    return Theatre(chromium, stage)

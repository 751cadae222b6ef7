"""One place for the whole week."""

from collections.abc import Iterator

import pytest

from tests.scenarios.week.place import Week, running_week
from tests.scenarios.week.rules import set_up


@pytest.fixture(scope="package")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    with running_week(tmp_path_factory.mktemp("week")) as week:
        set_up(week)
        yield week

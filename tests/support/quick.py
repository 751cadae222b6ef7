"""`--quick`: the unit tests alone, on SQLite, with fewer examples of each law."""

import pytest
from hypothesis import settings

from tests.support.workers import is_unit


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption("--quick", action="store_true", help="unit tests alone, on SQLite")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Try each law with a few examples only: the whole run tries it with all."""
    if config.getoption("quick"):
        settings.register_profile("quick", settings.get_profile("loquet"), max_examples=10)
        settings.load_profile("quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out, and say how many they are."""
    if not config.getoption("quick"):
        return
    others = [item for item in items if not is_quick(item)]
    items[:] = [item for item in items if is_quick(item)]
    config.hook.pytest_deselected(items=others)


def is_quick(item: pytest.Item) -> bool:
    """Whether it is a unit test that waits for no other process."""
    callspec = getattr(item, "callspec", None)
    on_a_server = callspec is not None and "postgresql" in map(str, callspec.params.values())
    waits = item.get_closest_marker("system") or item.get_closest_marker("needs")
    return is_unit(item.nodeid) and not on_a_server and waits is None

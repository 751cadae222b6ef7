"""`--quick`: the unit tests alone, on SQLite, without a process that a test would wait for."""

import pytest

from tests.support.workers import UNITS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption("--quick", action="store_true", help="unit tests alone, on SQLite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out, and say how many they are."""
    if not config.getoption("quick"):
        return
    others = [item for item in items if not is_unit(item)]
    items[:] = [item for item in items if is_unit(item)]
    config.hook.pytest_deselected(items=others)


def is_unit(item: pytest.Item) -> bool:
    """Whether a test runs in its own process alone."""
    slow = {"postgresql"} & set(getattr(getattr(item, "callspec", None), "params", {}).values())
    return item.nodeid.startswith(UNITS) and not slow and not item.get_closest_marker("needs")

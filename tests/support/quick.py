"""`--quick`: the unit tests alone, on SQLite, with fewer examples of each law."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.tree import ROOT
from tests.support.workers import WHOLE, is_unit

WIDE = ("tests/cli/", "tests/integrations/", "tests/security/", "tests/webui/")
"""One process each, but a whole application in it: two thirds of the work of all that is quick."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption("--quick", action="store_true", help="unit tests alone, on SQLite")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Try each law with a few examples only: the whole run tries it with all."""
    if config.getoption("quick"):
        settings.register_profile("quick", settings.get_profile("loquet"), max_examples=10)
        settings.load_profile("quick")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Folders of others are not even read, unless paths are given: then it is what these hold."""
    if not config.getoption("quick") or _are_paths_given(config):
        return None
    name = f"{collection_path.relative_to(ROOT).as_posix()}/"
    return name.startswith((*WHOLE, *WIDE)) or None


def _are_paths_given(config: pytest.Config) -> bool:
    paths = (Path(arg.partition("::")[0]) for arg in config.args)
    return any(path.resolve() != ROOT / "tests" for path in paths)


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

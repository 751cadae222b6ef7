"""`--long`: also what takes too long for CI, the tests marked `long` and all of `tests/proofs`."""

from pathlib import Path

import pytest

from tests.support.tree import ROOT

PROOFS = ROOT / "tests" / "proofs"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption("--long", action="store_true", help="also what takes too long for CI")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the proofs out unless they are asked for."""
    return True if collection_path == PROOFS and not config.getoption("long") else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long ones out, and say how many they are."""
    if config.getoption("long"):
        return
    others = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if not item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=others)

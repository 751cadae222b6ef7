"""`--long` collects the proofs of `tests/proofs` too: they take too long for CI."""

from pathlib import Path

import pytest

from tests.support.tree import ROOT

PROOFS = ROOT / "tests" / "proofs"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption("--long", action="store_true", help="collect the proofs of tests/proofs too")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the proofs out unless they are asked for."""
    return True if collection_path == PROOFS and not config.getoption("long") else None

"""Texts may have changed since the installation: they are compiled before the first test."""

import pytest

from tools.catalogues import compile_all


def pytest_configure(config: pytest.Config) -> None:
    """Once a run; workers find it done."""
    if not hasattr(config, "workerinput"):
        compile_all()

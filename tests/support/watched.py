"""Which lines run, of what has a floor: watched in the tests that are about it, and nowhere else.

To be watched makes Python half as slow again, and most tests are about something else.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.tree import ROOT

if TYPE_CHECKING:
    from coverage import Coverage

DATA = ROOT / ".coverage"
ABOUT = ("tests/domain/", "tests/wire/", "tests/devices/", "tests/scenarios/test_")
"""Beginnings of the names of the tests that are watched."""
_WANTED = "LOQUET_WATCHED"
"""Workers are told so, for they must begin before anything that is watched is imported."""
_PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""While this is set, processes that start watch themselves."""


def pytest_configure(config: pytest.Config) -> None:
    """Tell the workers, which start later, or be told."""
    if _watch is not None:
        config.pluginmanager.register(_watch, "watch")
    elif config.getoption("whole"):
        os.environ[_WANTED] = "yes"


def combined() -> "Coverage":
    """What all workers have seen."""
    coverage = _coverage()
    coverage.combine()
    return coverage


def _coverage() -> "Coverage":
    from coverage import Coverage

    return Coverage(data_file=str(DATA))


class _Watch:
    """Of one worker."""

    def __init__(self) -> None:
        self._coverage = _coverage()
        self._coverage.start()
        self._processes = os.environ[_PROCESSES]
        self._watches = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Before its fixtures, which may be what it is about."""
        self._watch(item.nodeid.startswith(ABOUT))
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Write down what was seen."""
        self._watch(False)
        self._coverage.save()

    def _watch(self, wanted: bool) -> None:
        if wanted is self._watches:
            return
        if wanted:
            self._coverage.start()
            os.environ[_PROCESSES] = self._processes
        else:
            self._coverage.stop()
            del os.environ[_PROCESSES]
        self._watches = wanted


_watch = _Watch() if _WANTED in os.environ else None

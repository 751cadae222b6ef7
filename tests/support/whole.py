"""`--whole`: all is run, so what it covers is judged, and how long it took is written down."""

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.tree import ROOT
from tests.support.watched import combined

if TYPE_CHECKING:
    from coverage import Coverage

FLOORS = {"controller/domain": 90, "controller/wire": 90, "devices/agent": 90}
"""Percent of its lines that must be run by a test."""
LAST = ROOT / ".cache" / "suite.json"
"""Read by `loquet bench suite_s`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption("--whole", action="store_true", help="judge coverage, write down the time")


def pytest_configure(config: pytest.Config) -> None:
    """Watch, in the process that sees all the results."""
    if config.getoption("whole") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Whole(), "whole")


class _Whole:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self._passed = 0
        self._told: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._passed += report.when == "call" and report.passed

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail a run that covers too little; write down one that passed."""
        if exitstatus != pytest.ExitCode.OK:
            return
        coverage = combined()
        covered = [self._covers(coverage, package, floor) for package, floor in FLOORS.items()]
        if all(covered):
            self._write_down()
        else:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it above pytest's last line."""
        for line in self._told:
            terminalreporter.write_line(line)

    def _covers(self, coverage: "Coverage", package: str, floor: int) -> bool:
        include = [str(ROOT / package / "*")]
        with open(os.devnull, "w") as nowhere:
            percent = coverage.report(include=include, file=nowhere)
        self._told.append(f"{package}: {percent:.0f} % of its lines are tested, at least {floor}")
        if percent < floor:
            self._told.append(f"{package}: too few; coverage report --include '{package}/*' says")
        return percent >= floor

    def _write_down(self) -> None:
        LAST.parent.mkdir(exist_ok=True)
        taken = {
            "seconds": round(time.monotonic() - self._began, 1),
            "tests": self._passed,
            "cores": len(os.sched_getaffinity(0)),
        }
        LAST.write_text(json.dumps(taken) + "\n")

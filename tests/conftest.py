"""What every test may rely on: programs that a test needs, and no silent skip in CI."""

import os
import shutil

import pytest
from hypothesis import settings

from tools import catalogues

# A busy computer is no failure: no example has to be done within a time.
settings.register_profile("loquet", deadline=None)
settings.load_profile("loquet")

IN_CI = os.environ.get("CI") == "true"


def pytest_configure() -> None:
    """Texts may have changed since the installation, which compiled them."""
    catalogues.compile_all()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test, by name, whose `needs(program)` can't be had; in CI that is a failure."""
    for mark in item.iter_markers("needs"):
        if program_path(mark.args[0]) is None:
            missing = f"{mark.args[0]} is missing; ./run test installs it where it can be had"
            if IN_CI:
                pytest.fail(missing)
            pytest.skip(missing)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a run with a skip, however it came about, has failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter and reporter.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("A test was skipped, and CI allows none.", red=True)


def program_path(name: str) -> str | None:
    """Where `./run` found or put a program, else where PATH has it."""
    return os.environ.get(f"LOQUET_{name.upper()}") or shutil.which(name)

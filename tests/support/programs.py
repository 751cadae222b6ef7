"""Programs that a test needs: skipped by name where one can't be had, and no skip in CI."""

import os
import shutil
import socket

import pytest

IN_CI = os.environ.get("CI") == "true"
_SYSTEM = "/usr/sbin:/usr/local/sbin"
"""Which an ordinary user's PATH lacks."""


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
    """Where `./run` found or put a program, else where PATH or the system has it."""
    found = os.environ.get(f"LOQUET_{name.upper()}") or shutil.which(name)
    return found or shutil.which(name, path=_SYSTEM)


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

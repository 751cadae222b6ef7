"""Where tests put what they throw away: in memory where there is room for it.

SQLite and PostgreSQL wait for a disk at every commit, and nothing here has to outlive a power cut.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""Bytes that must be free there; a whole run takes less than a quarter of it."""
_RUN = "LOQUET_TEST_RUN"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose before anybody makes a folder (a TMPDIR has its way), and make one for the run."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None
    if not is_worker(config):
        os.environ[_RUN] = tempfile.mkdtemp(prefix="lq")  # a socket's path must be short


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it, when the workers have ended."""
    if not is_worker(config):
        shutil.rmtree(os.environ.pop(_RUN))


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of several that run a part of the tests each."""
    return hasattr(config, "workerinput")


def run_folder() -> Path:
    """The folder of this run, which its workers share."""
    return Path(os.environ[_RUN])


def once(name: str, make: Callable[[Path], None]) -> Path:
    """A folder of that name that is made once a run, by whichever worker wants it first."""
    folder = run_folder() / name
    with (run_folder() / f"{name}.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not folder.exists():
            fresh = folder.with_name(f"{name}.new")
            fresh.mkdir()
            make(fresh)
            fresh.rename(folder)
    return folder


def _has_room() -> bool:
    """A file system in memory on which programs may lie, as tests write some."""
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    allows_programs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return allows_programs and shutil.disk_usage(MEMORY).free >= ROOM

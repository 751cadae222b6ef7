"""A real Valkey on a socket file of its own, for tests of what several processes share."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.programs import program_path

PROGRAM = "valkey-check-rdb"
"""Debian's package valkey-tools has the server's program under this name; it looks at its own."""


@pytest.fixture
def valkey_url() -> Iterator[str]:
    """The address of a Valkey that keeps nothing. The test is marked `needs(PROGRAM)`."""
    with TemporaryDirectory(prefix="vk") as name:  # a socket's path may have 107 bytes
        yield from _running(Path(name))


def _running(folder: Path) -> Iterator[str]:
    program = folder / "valkey-server"
    program.symlink_to(program_path(PROGRAM) or "")
    socket = folder / "v.sock"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Ready to accept connections" in line:
            break
    yield f"unix://{socket}"
    process.terminate()
    process.communicate(timeout=20)

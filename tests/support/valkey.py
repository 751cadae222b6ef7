"""A real Valkey on a socket file of its own, for tests of what several processes share."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.programs import program_path

PROGRAM = "valkey-check-rdb"
"""Debian's package valkey-tools has the server's program under this name; it looks at its own."""


class Valkey:
    """A server that keeps nothing; it can be killed, and comes back at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = folder / "valkey-server"
        self._program.symlink_to(program_path(PROGRAM) or "")
        self._socket = folder / "v.sock"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        """Wait until it answers."""
        where = ["--unixsocket", str(self._socket), "--dir", str(self._folder)]
        command = [str(self._program), "--port", "0", "--save", "", *where]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                break

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self._process.kill()
        self._process.communicate(timeout=60)
        self._socket.unlink(missing_ok=True)

    def stop(self) -> None:
        """Let it end."""
        self._process.terminate()
        self._process.communicate(timeout=60)


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """One of this test's own. The test is marked `needs(PROGRAM)`."""
    with TemporaryDirectory(prefix="vk") as name:  # a socket's path may have 107 bytes
        server = Valkey(Path(name))
        yield server
        server.stop()


@pytest.fixture
def valkey_url(valkey: Valkey) -> str:
    """Its address."""
    return valkey.url

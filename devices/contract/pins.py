"""The pins process of a simulated bench, which can be killed and started anew."""

import os
import signal
import subprocess
import sys
from pathlib import Path


class Pins:
    """Serves, on a socket beside it, the bench that a file describes."""

    def __init__(self, bench: Path, socket: Path | None = None) -> None:
        self.folder = bench.parent
        self.socket = str(socket or self.folder / "pins.sock")
        self._bench = bench
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        """Start it, and wait until it serves."""
        command = [sys.executable, "-m", "devices.sim.pins", "--socket", self.socket]
        self.process = subprocess.Popen(
            [*command, "--bench", str(self._bench)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"ready {self.socket}\n"
        return self.process

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it with that signal; its exit code."""
        os.kill(self.process.pid, number)
        self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.returncode

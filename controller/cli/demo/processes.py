"""Start a place's processes, notice when one ends, and restart it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

RESTART_AFTER_S = 1.0
"""Pause in seconds before a process is restarted."""
START_S = 400.0
"""How many seconds a process may take until it is ready; the computer may be busy."""
STOP_WITHIN_S = 30.0
"""How many seconds a process may take to end before it is killed."""


class ProcessFailed(Exception):
    """Raised when a process ended before it was ready.

    The message ends with the last line of its log.
    """


@dataclass
class Process:
    """One process of the place; `pid` changes when it is restarted."""

    name: str
    command: Sequence[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    afterwards: Sequence[str] = ()
    """Command to run whenever the process has ended, like systemd's ExecStopPost."""
    stays_down: bool = False
    """While True, it is not restarted: the caller needs it to be down."""
    popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The current process id. Raises ProcessFailed when it does not run."""
        if self.popen is None or self.popen.poll() is not None:
            raise ProcessFailed(f"{self.name} does not run; its last words: {self.last_words()}")
        return self.popen.pid

    def start(self) -> None:
        """Start it in its own session, so that Ctrl-C reaches only the parent."""
        self.popen = self._run(self.command)

    def clean_up(self) -> None:
        """Run the `afterwards` command, and wait for it."""
        if self.afterwards:
            self._run(self.afterwards).wait()

    def _run(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                list(command),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    def last_words(self) -> str:
        """Return the last line of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing"


class Processes:
    """All processes, in the order of their start; they are stopped in reverse order."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._say = say
        self._processes: list[Process] = []
        self._stopping = threading.Event()

    def add(
        self, name: str, command: Sequence[str], afterwards: Sequence[str] = (), **environment: str
    ) -> Process:
        """Start a process and keep it running; `afterwards` is run whenever it has ended."""
        log = self.folder / f"{name}.log"
        process = Process(name, command, log, environment, afterwards)
        process.start()
        self._processes.append(process)
        threading.Thread(
            target=self._watch, args=(process,), name=f"watch-{name}", daemon=True
        ).start()
        return process

    def wait_for(self, process: Process, ready: Callable[[], bool]) -> None:
        """Wait until `ready` returns True.

        Raises ProcessFailed if the process ends first or is too slow.
        """
        end = time.monotonic() + START_S
        while not ready():
            # A process that somebody kills on purpose is restarted by `_watch`.
            if process.popen is not None and process.popen.poll() not in (None, -signal.SIGKILL):
                raise ProcessFailed(f"{process.name} did not start: {process.last_words()}")
            if time.monotonic() > end:
                raise ProcessFailed(f"{process.name} was not ready after {START_S:.0f} s")
            self._stopping.wait(0.02)

    def stop(self) -> None:
        """Stop all processes, the last one first."""
        self._stopping.set()
        for process in reversed(self._processes):
            _end_process(process)

    def _watch(self, process: Process) -> None:
        """Restart a process whenever it ends, until all are stopped.

        Each process has a thread for this.
        """
        while (popen := process.popen) is not None:
            popen.wait()
            if self._stopping.is_set():
                return
            process.clean_up()
            self._stopping.wait(RESTART_AFTER_S)
            while process.stays_down and not self._stopping.is_set():
                self._stopping.wait(0.1)
            if self._stopping.is_set():
                return
            if process.popen is popen:  # nobody else has restarted it meanwhile
                self._say(f"{process.name} ended; started again")
                process.start()


def _end_process(process: Process) -> None:
    if process.popen is None or process.popen.poll() is not None:
        return
    process.popen.terminate()
    try:
        process.popen.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.popen.kill()
        process.popen.wait()


def loquet(*arguments: str) -> list[str]:
    """Return the command that runs `loquet` in this Python environment."""
    return [sys.executable, "-m", "controller.cli", *arguments]

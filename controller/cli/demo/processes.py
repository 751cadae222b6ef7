"""Start a place's processes, notice when one dies, and start it again."""

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
START_S = 400.0
"""How long one may take until it is of use: the computer may be busy with others."""
STOP_WITHIN_S = 30.0


class ProcessFailed(Exception):
    """A process ended before it was of any use; the message ends with what it last said."""


@dataclass
class Process:
    """One process of the place; `pid` changes when it is started again."""

    name: str
    command: Sequence[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    afterwards: Sequence[str] = ()
    """What is run whenever it has ended by itself or was killed: systemd's ExecStopPost."""
    held: bool = False
    """While held, it is not started again: the script needs its absence."""
    popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id now. Raises ProcessFailed when it does not run."""
        if self.popen is None or self.popen.poll() is not None:
            raise ProcessFailed(f"{self.name} does not run; its last words: {self.last_words()}")
        return self.popen.pid

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only the parent."""
        self.popen = self._run(self.command)

    def clean_up(self) -> None:
        """Do what is to be done after its end, and wait for that."""
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
        """The last line of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing"


class Place:
    """All processes, in the order in which they were started; stopped in reverse."""

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
        """Return once ready() holds. Raises ProcessFailed when it dies first or takes too long."""
        end = time.monotonic() + START_S
        while not ready():
            if process.popen is not None and process.popen.poll() not in (None, -signal.SIGKILL):
                raise ProcessFailed(f"{process.name} did not start: {process.last_words()}")
            if time.monotonic() > end:
                raise ProcessFailed(f"{process.name} was not ready after {START_S:.0f} s")
            self._stopping.wait(0.02)

    def stop(self) -> None:
        """End every process, the last started first."""
        self._stopping.set()
        for process in reversed(self._processes):
            _end(process)

    def _watch(self, process: Process) -> None:
        """Have it run until all is stopped: each has a thread that waits for its end."""
        while (ended := process.popen) is not None:
            ended.wait()
            if self._stopping.is_set():
                return
            process.clean_up()
            self._stopping.wait(RESTART_AFTER_S)
            while process.held and not self._stopping.is_set():
                self._stopping.wait(0.1)
            if self._stopping.is_set():
                return
            if process.popen is ended:  # nobody else has started it meanwhile
                self._say(f"{process.name} ended; started again")
                process.start()


def _end(process: Process) -> None:
    if process.popen is None or process.popen.poll() is not None:
        return
    process.popen.terminate()
    try:
        process.popen.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.popen.kill()
        process.popen.wait()


def loquet(*arguments: str) -> list[str]:
    """The command that runs `loquet` in this very environment."""
    return [sys.executable, "-m", "controller.cli", *arguments]

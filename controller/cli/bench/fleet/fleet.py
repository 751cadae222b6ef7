"""The processes of a fleet, each with a part of the agents; commands go to all of them at once."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from controller.cli.bench import BenchFailed
from controller.cli.bench.agent_load import busy_s

POLL_S = 0.1
"""Shortest pause in seconds between two polls of the state."""
PAUSE_RATIO = 4.0
"""The pause between two polls, as a multiple of the time that the last answer took."""


class AgentNow(NamedTuple):
    """The state of one agent."""

    id: str
    connected: bool
    in_step_at: float | None
    """Monotonic seconds since its policy equals the newest head that it knows.

    None: it does not.
    """
    version: int
    backlog: int
    journalled: int
    """Number of events in its journal."""


@dataclass
class Fleet:
    """The processes of the fleet. One caller at a time gives them a command."""

    processes: list[subprocess.Popen[str]]
    pool: ThreadPoolExecutor
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, command: str, *arguments: Any) -> list[Any]:
        """Have every process carry out a command; returns the answers once all have arrived."""
        with self.lock:
            return list(
                self.pool.map(lambda process: _ask(process, command, arguments), self.processes)
            )

    def busy_s(self) -> float:
        """Return the processor seconds that all its processes have used so far."""
        return sum(busy_s(process.pid) for process in self.processes)

    def state(self) -> list[AgentNow]:
        """Return the state of every agent."""
        return [AgentNow(*fields) for states in self.ask("state") for fields in states]

    def wait(
        self,
        condition: Callable[[list[AgentNow]], bool],
        complaint: str,
        timeout_s: float = 120.0,
        pause_ratio: float = PAUSE_RATIO,
    ) -> list[AgentNow]:
        """Poll the state until `condition` is true. Raises BenchFailed.

        A pause lasts `pause_ratio` times as long as the answer before it took.
        """
        end, asked_s = time.monotonic() + timeout_s, time.monotonic()
        while not condition(now := self.state()):
            if time.monotonic() > end:
                good = sum(agent.in_step_at is not None for agent in now)
                waiting = sum(agent.backlog for agent in now)
                raise BenchFailed(
                    f"{complaint} within {timeout_s:.0f} s: {good} of {len(now)} in step,"
                    f" {waiting} events unacknowledged"
                )
            time.sleep(max(POLL_S, pause_ratio * (time.monotonic() - asked_s)))
            asked_s = time.monotonic()
        return now

    def settle(self, timeout_s: float = 120.0) -> list[AgentNow]:
        """Wait until all agents are in step and all events are acknowledged. Raises BenchFailed."""
        return self.wait(
            lambda now: all(agent.in_step_at is not None and not agent.backlog for agent in now),
            "the fleet is not at rest",
            timeout_s,
        )


@contextmanager
def open_fleet(folders: list[Path], log: Path) -> Iterator[Fleet]:
    """Start a process for each folder of agents, and stop them after the block."""
    log.mkdir(parents=True, exist_ok=True)
    processes = [_process(folder, log / f"{folder.name}.log") for folder in folders]
    with ThreadPoolExecutor(len(processes)) as pool:
        try:
            yield Fleet(processes, pool)
        finally:
            for process in processes:
                if process.stdin is not None:
                    process.stdin.close()
            for process in processes:
                _wait_or_kill(process)


def _process(folder: Path, log: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "controller.cli.bench.fleet.process", str(folder)]
    with log.open("wb") as errors:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )


def _ask(process: subprocess.Popen[str], command: str, arguments: tuple[Any, ...]) -> Any:
    if process.stdin is None or process.stdout is None:
        raise BenchFailed("a part of the fleet has no standard input")
    process.stdin.write(json.dumps([command, *arguments]) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise BenchFailed(f"a part of the fleet ended at '{command}'")
    return json.loads(line)


def _wait_or_kill(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(60.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()

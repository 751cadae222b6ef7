"""The processes of a fleet, each with its part of the agents, told what to do at once."""

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

LOOK_S = 0.1
ASKING = 4.0
"""Times as long as the answer took it is waited before it is asked again: what a thousand agents
take to answer is not theirs."""


class AgentNow(NamedTuple):
    """How one agent stands."""

    id: str
    connected: bool
    in_step_at: float | None
    """Monotonic seconds; None: it is not in step with the newest head that it knows."""
    version: int
    backlog: int
    told: int
    """Events that it has journalled."""


@dataclass
class Fleet:
    """Told by one at a time."""

    processes: list[subprocess.Popen[str]]
    pool: ThreadPoolExecutor
    turn: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, act: str, *words: Any) -> list[Any]:
        """Have every process do it; the answers, when the last one has come."""
        with self.turn:
            return list(self.pool.map(lambda process: _ask(process, act, words), self.processes))

    def busy_s(self) -> float:
        """Of all its processes, seconds of the processor so far."""
        return sum(busy_s(process.pid) for process in self.processes)

    def state(self) -> list[AgentNow]:
        """Every agent now."""
        return [AgentNow(*fields) for some in self.ask("state") for fields in some]

    def wait(
        self,
        holds: Callable[[list[AgentNow]], bool],
        complaint: str,
        within_s: float = 120.0,
        rest: float = ASKING,
    ) -> list[AgentNow]:
        """Ask until it holds, with `rest` times as long between as an answer takes. Raises
        BenchFailed."""
        end, asked_s = time.monotonic() + within_s, time.monotonic()
        while not holds(now := self.state()):
            if time.monotonic() > end:
                good = sum(agent.in_step_at is not None for agent in now)
                waiting = sum(agent.backlog for agent in now)
                raise BenchFailed(
                    f"{complaint} within {within_s:.0f} s: {good} of {len(now)} in step,"
                    f" {waiting} events unacknowledged"
                )
            time.sleep(max(LOOK_S, rest * (time.monotonic() - asked_s)))
            asked_s = time.monotonic()
        return now

    def settle(self, within_s: float = 120.0) -> list[AgentNow]:
        """Return once all are in step and have told all. Raises BenchFailed."""
        return self.wait(
            lambda now: all(agent.in_step_at is not None and not agent.backlog for agent in now),
            "the fleet is not at rest",
            within_s,
        )


@contextmanager
def open_fleet(folders: list[Path], log: Path) -> Iterator[Fleet]:
    """A process for each folder of agents; ended with the block."""
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
                _end(process)


def _process(folder: Path, log: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "controller.cli.bench.fleet.process", str(folder)]
    with log.open("wb") as errors:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )


def _ask(process: subprocess.Popen[str], act: str, words: tuple[Any, ...]) -> Any:
    if process.stdin is None or process.stdout is None:
        raise BenchFailed("a part of the fleet has no standard input")
    process.stdin.write(json.dumps([act, *words]) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise BenchFailed(f"a part of the fleet ended at '{act}'")
    return json.loads(line)


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(60.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()

"""A real place to measure: the demo's, its readers quick to forget a card."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from controller.cli.bench import BenchFailed
from controller.cli.demo.people import PEOPLE, credential_of
from controller.cli.demo.processes import Process
from controller.cli.demo.start import Demo, start
from devices.sim.client import SimBench
from devices.sim.serial_reader import frame

# The floor: a bare pyserial read in a process of its own that sets a simulated or a mock pin.

_BADGE = "em:0004200000"
"""As long as every other frame."""
_PINS = {"sim": 17, "mock": 18}
_BOARD = "bench"
Kind = Literal["sim", "mock"]


@dataclass
class Floor:
    """What no agent can do faster. The bytes, the pty and the pins process are the agent's too."""

    kind: Kind
    name: str
    bench: SimBench
    stamps: IO[str]
    on: bool = False

    def tap(self) -> float | None:
        """Send one frame; milliseconds to the pin's edge, None for the edge that puts it off."""
        self.on = not self.on
        at = self.bench.do("tap", reader=self.name, credential=_BADGE)["at"]
        edge = self._mock_edge() if self.kind == "mock" else self._edge()
        return (edge - at) * 1000 if self.on else None

    def _edge(self) -> float:
        event = self.bench.wait_for(
            lambda event: event["machine"] == self.name and event["closed"] is self.on
        )
        return float(event["at"])

    def _mock_edge(self) -> float:
        """The process's own stamp on the same monotonic clock, just after the pin was set."""
        return float(self.stamps.readline())


@contextmanager
def floor_of(demo: Demo, bench: SimBench, kind: Kind) -> Iterator[Floor]:
    """Put a reader and a pin on the bench, and start the process between them."""
    name, layout = f"floor-{kind}", demo.layout
    link = str(layout.reader(name))
    machine = {"name": name, "board": _BOARD, "pin": _PINS[kind]}
    bench.do("setup", reader=[{"name": name, "link": link}], machine=[machine])
    command = [sys.executable, "-m", "controller.cli.bench.floor_process", kind, link]
    command += [str(layout.socket), _BOARD, str(_PINS[kind]), str(len(frame(_BADGE)))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # noqa: S101  asked for above
    try:
        process.stdout.readline()
        yield Floor(kind, name, bench, process.stdout)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


AGENT = "atelier-3d"
MACHINES = ("imprimante-1", "imprimante-2", "imprimante-3")
CERTIFICATION = "impression-3d"
GONE_AFTER_S = 0.08
"""The least that the reader's driver takes, so that taps can follow each other."""
_SETTLED_WITHIN_S = 60.0


@dataclass
class Venue:
    """A place that runs, and what taps in it need."""

    demo: Demo
    bench: SimBench
    floor: Floor
    mock_floor: Floor
    badges: list[str]
    """Badges that switch the machines on."""

    @property
    def agent(self) -> Process:
        """The agent that is measured."""
        return self.demo.agents[AGENT]

    @property
    def agent_state(self) -> Path:
        """Its state folder."""
        return self.demo.layout.agent_config(AGENT).parent / "state"

    def holders(self) -> int:
        """Holders in the agent's copy of the policy."""
        return self._count("policy.db", "SELECT holders FROM head")

    def backlog(self) -> int:
        """Events in the agent's journal that the hub has not acknowledged."""
        waiting = "SELECT head.seq - through FROM head, acknowledged"
        return self._count("journal.db", waiting)

    def marked(self) -> bool:
        """Whether the agent has written what it writes once an hour, and once a boot."""
        anchor = "SELECT count(*) FROM kept WHERE name = 'clock/anchor'"
        ages = self._count("policy.db", "SELECT count(*) FROM age")
        return ages + self._count("state.db", anchor) == 2

    def settle(self) -> None:
        """Return once all events are acknowledged: the agent is connected and idle."""
        wait_until(lambda: self.backlog() == 0, "the agent's events are not acknowledged")

    def _count(self, file: str, query: str) -> int:
        with closing(sqlite3.connect(f"file:{self.agent_state / file}?mode=ro", uri=True)) as db:
            (number,) = db.execute(query).fetchone()
        return int(number)


@contextmanager
def open_venue(state: Path, say: Callable[[str], None]) -> Iterator[Venue]:
    """Bring a place up with one agent, and end it with the block."""
    demo = start(state, 0, say, gone_after_ms=round(GONE_AFTER_S * 1000))
    try:
        _put_others_away(demo)
        with SimBench(str(demo.layout.socket)) as bench:
            bench.watch("power")
            with floor_of(demo, bench, "sim") as floor, floor_of(demo, bench, "mock") as mock:
                yield Venue(demo, bench, floor, mock, _badges())
    finally:
        demo.place.stop()


def _put_others_away(demo: Demo) -> None:
    """The other agents would be on boards of their own, not on this one's processor."""
    for name, agent in demo.agents.items():
        if name != AGENT:
            agent.held = True
            os.kill(agent.pid, signal.SIGTERM)


def wait_until(
    holds: Callable[[], bool], complaint: str, timeout_s: float = _SETTLED_WITHIN_S
) -> None:
    """Ask again until it holds. Raises BenchFailed."""
    end = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > end:
            raise BenchFailed(f"{complaint} within {timeout_s:.0f} s")
        time.sleep(0.05)


def _badges() -> list[str]:
    return [
        credential_of(number)
        for number, person in enumerate(PEOPLE)
        if CERTIFICATION in person.certifications and person.plan == "atelier"
    ]

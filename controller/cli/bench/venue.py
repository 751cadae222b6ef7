"""A running installation to measure: the demo's, with readers that quickly forget a card."""

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

# The floor: a process that only reads from pyserial and sets a simulated or mock pin.

_BADGE = "em:0004200000"
"""A badge whose frame is as long as any other."""
_PINS = {"sim": 17, "mock": 18}
_BOARD = "bench"
Kind = Literal["sim", "mock"]


@dataclass
class Floor:
    """The floor that no agent can beat.

    It uses the same bytes, pty and pins process as the agent.
    """

    kind: Kind
    name: str
    bench: SimBench
    stamps: IO[str]
    on: bool = False

    def tap(self) -> float | None:
        """Send one frame.

        Returns milliseconds to the pin's edge, or None for the edge that switches off.
        """
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
        """Return the time that the process noted just after setting the pin."""
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
"""The demo's agent that is measured."""
MACHINES = ("imprimante-1", "imprimante-2", "imprimante-3")
"""The machines of that agent."""
CERTIFICATION = "impression-3d"
"""The certification that its machines require."""
GONE_AFTER_S = 0.08
"""The shortest value that the reader's driver accepts, so that taps can follow quickly."""
_SETTLED_WITHIN_S = 60.0


@dataclass
class Venue:
    """A running installation, and what is needed to tap in it."""

    demo: Demo
    bench: SimBench
    floor: Floor
    mock_floor: Floor
    badges: list[str]

    @property
    def agent(self) -> Process:
        """The agent that is measured."""
        return self.demo.agents[AGENT]

    @property
    def agent_state(self) -> Path:
        """The agent's state folder."""
        return self.demo.layout.agent_config(AGENT).parent / "state"

    def holders(self) -> int:
        """Return the number of holders in the agent's copy of the policy."""
        return self._count("policy.db", "SELECT holders FROM head")

    def backlog(self) -> int:
        """Return the number of events in the agent's journal that the hub has not acknowledged."""
        waiting = "SELECT head.seq - through FROM head, acknowledged"
        return self._count("journal.db", waiting)

    def marked(self) -> bool:
        """Return whether the agent has stored its policy's age and its clock's anchor.

        It does so once an hour and once a boot; afterwards only taps make it write.
        """
        anchor = "SELECT count(*) FROM kept WHERE name = 'clock/anchor'"
        ages = self._count("policy.db", "SELECT count(*) FROM age")
        return ages + self._count("state.db", anchor) == 2

    def settle(self) -> None:
        """Wait until all events are acknowledged: the agent is connected and idle.

        Raises BenchFailed.
        """
        wait_until(lambda: self.backlog() == 0, "the agent's events are not acknowledged")

    def _count(self, file: str, query: str) -> int:
        with closing(sqlite3.connect(f"file:{self.agent_state / file}?mode=ro", uri=True)) as db:
            (number,) = db.execute(query).fetchone()
        return int(number)


@contextmanager
def open_venue(state: Path, say: Callable[[str], None]) -> Iterator[Venue]:
    """Start an installation with one agent, and stop it after the block."""
    demo = start(state, 0, say, gone_after_ms=round(GONE_AFTER_S * 1000))
    try:
        _stop_others(demo)
        with SimBench(str(demo.layout.socket)) as bench:
            bench.watch("power")
            with floor_of(demo, bench, "sim") as floor, floor_of(demo, bench, "mock") as mock:
                yield Venue(demo, bench, floor, mock, _badges())
    finally:
        demo.place.stop()


def _stop_others(demo: Demo) -> None:
    """Stop the other agents, which in reality do not share a processor with this one."""
    for name, agent in demo.agents.items():
        if name != AGENT:
            agent.stays_down = True
            os.kill(agent.pid, signal.SIGTERM)


def wait_until(
    condition: Callable[[], bool], complaint: str, timeout_s: float = _SETTLED_WITHIN_S
) -> None:
    """Poll until `condition` is true. Raises BenchFailed after the time limit."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise BenchFailed(f"{complaint} within {timeout_s:.0f} s")
        time.sleep(0.05)


def _badges() -> list[str]:
    return [
        credential_of(number)
        for number, person in enumerate(PEOPLE)
        if CERTIFICATION in person.certifications and person.plan == "atelier"
    ]

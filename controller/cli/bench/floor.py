"""The floor: a bare pyserial read in a process of its own that sets a simulated or a mock pin."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Literal

from controller.cli.demo.start import Demo
from devices.sim.client import SimBench
from devices.sim.serial_reader import frame

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

"""Describes a driver for the contract's tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.ports import FaultKind
from devices.registry import Port
from devices.sim.client import SimBench

# The process of a simulated bench, which can be killed and restarted.


class Pins:
    """Runs the bench in a file as a process, with a socket in the same folder."""

    def __init__(self, bench: Path, socket: Path | None = None) -> None:
        self.folder = bench.parent
        self.socket = str(socket or self.folder / "pins.sock")
        self._bench = bench
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        """Start the process, and wait until it is ready."""
        command = [sys.executable, "-m", "devices.sim.pins", "--socket", self.socket]
        self.process = subprocess.Popen(
            [*command, "--bench", str(self._bench)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"ready {self.socket}\n"
        return self.process

    def end(self, number: int = signal.SIGTERM) -> int:
        """End the process with that signal; return its exit code."""
        os.kill(self.process.pid, number)
        self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.returncode


@dataclass(frozen=True)
class Row:
    """A driver with options that work on the bench, and options that it must refuse."""

    port: Port[Any, Any]
    driver: str
    good: dict[str, Any]
    bad: dict[str, Any]
    outputs: tuple[int, ...] = ()
    use: Callable[[Any], None] = lambda device: None
    """Switches every output."""
    off_level: int = 0
    unplugged: FaultKind | None = None
    """The fault that a driver reports when its device is unplugged; None: it can't be unplugged."""
    pull: tuple[str, dict[str, Any], dict[str, Any]] | None = None
    """The operation that unplugs the device, its fields, and the fields that plug it in again."""
    cable: Callable[[Path, bool], None] | None = None
    """For a device outside the bench: unplugs it (False) or plugs it in; gets the bench's
    folder."""
    on_pins: bool = True
    """Whether the pins process is needed to open the device."""
    needs: str | None = None
    """A program without which the device can't be plugged in again."""
    id: str = field(default="", kw_only=True)

    @property
    def name(self) -> str:
        """Name of the row in test ids."""
        return self.id or f"{self.port.table}-{self.driver}"

    def table(self, options: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Return its table in config.toml, with `{folder}` filled in."""
        filled: dict[str, Any] = _fill(options, folder)
        return {"driver": self.driver, **filled}

    def plug(self, pins: Pins, bench: SimBench, plugged: bool) -> None:
        """Plug the device in or unplug it."""
        if self.cable is not None:
            self.cable(pins.folder, plugged)
        elif self.pull is not None:
            operation, pull, plug = self.pull
            bench.do(operation, **(plug if plugged else pull))


def _fill(value: Any, folder: Path) -> Any:
    match value:
        case str():
            return value.format(folder=folder)
        case dict():
            return {key: _fill(one, folder) for key, one in value.items()}
        case list():
            return [_fill(one, folder) for one in value]
    return value

"""A new Pi with simulated hardware, on which somebody pastes the line that the page shows."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.tree import ROOT

_WAIT_S = 180.0
_COMMANDS = {
    "sudo": 'exec "$@" --root {folder}',  # of this computer nothing is touched
    "loquet": 'exec {python} -m controller.cli "$@" --config {config}',
}


@dataclass
class Box:
    """Its folder, where `config.toml` and `state` lie; its agent, once it is started."""

    folder: Path
    broker: int
    socket: str
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def paste(self, line: str) -> str:
        """Run the line in a shell, word by word as the page has it; the agent's id."""
        self.wire("new")
        for name, does in _COMMANDS.items():
            command = self.folder / "bin" / name
            command.parent.mkdir(exist_ok=True)
            filled = does.format(
                python=sys.executable, config=self.folder / "config.toml", folder=self.folder
            )
            command.write_text(f"#!/bin/sh\n{filled}\n")
            command.chmod(0o755)
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        shell = ["bash", "-c", line]
        env = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(shell, env=env, capture_output=True, text=True, timeout=_WAIT_S)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.partition("This is ")[2].partition(" now.")[0]

    def wire(self, agent: str, *points: str) -> None:
        """Its configuration: tables of access points below what each has."""
        head = (
            f"[mqtt]\nport = {self.broker}\n"
            f'[agent]\nid = "{agent}"\nstate_dir = "state"\npins = "sim:{self.socket}"\n'
        )
        (self.folder / "config.toml").write_text("\n".join((head, *points)))

    def start(self) -> None:
        """Start its agent; a second time: again, as after `systemctl restart`."""
        self.end()
        command = [sys.executable, "-m", "controller.cli", "agent"]
        with (self.folder / "agent.log").open("ab") as log:
            self._running.append(
                subprocess.Popen(
                    [*command, "--config", str(self.folder / "config.toml")],
                    stdout=log,
                    stderr=log,
                    env=os.environ | {"PYTHONPATH": str(ROOT)},
                )
            )

    def end(self) -> None:
        """Stop it, as systemd does."""
        while self._running:
            agent = self._running.pop()
            agent.terminate()
            agent.wait(_WAIT_S)


@contextmanager
def a_box(folder: Path, broker: int, socket: str) -> Iterator[Box]:
    """One whose agent ends with the block."""
    folder.mkdir()
    box = Box(folder, broker, socket)
    try:
        yield box
    finally:
        box.end()

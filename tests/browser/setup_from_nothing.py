"""What tests of setup from nothing share with others."""

import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.sim.client import tap
from tests.scenarios.week.wiring import _SERVE
from tests.support.broker import Shipped
from tests.support.pins import Pins
from tests.support.programs import free_port
from tests.support.tree import ROOT
from tests.support.until import until

CARD = "em:0001234567"
BOX = "atelier-bois"
PASSWORD = "une phrase assez longue"
_BENCH = """
[[machine]]
name = "perceuse"
board = "{box}"
pin = 17
drive = "pump"
[[reader]]
name = "perceuse"
link = "{folder}/reader"
"""
_PI = """
[agent]
state_dir = "state"
pins = "sim:{folder}/pins.sock"
clock = "trusted"
"""
_SHIM = {
    "sudo": 'exec "$@" --root "$PWD" --config config.toml',  # of this computer nothing is touched
    "loquet": f'exec {sys.executable} -m controller.cli "$@"',
}


@dataclass
class Site:
    """An installation in a folder, with a Pi beside it."""

    folder: Path
    url: str
    code: str
    agent: subprocess.Popen[bytes] | None = None

    def on_the_pi(self, line: str) -> str:
        """Paste a line into its shell; what it says."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder / "pi",
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_agent(self) -> None:
        with (self.folder / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                ["loquet", "agent"],
                executable=self.folder / "bin" / "loquet",
                cwd=self.folder / "pi",
                env=self._environment(),
                stdout=log,
                stderr=log,
            )

    def kill_agent(self) -> None:
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait()

    def has_session(self) -> bool:
        """Whether the controller knows of one that goes on."""
        with closing(sqlite3.connect(self.folder / "loquet.db")) as db:
            rows = db.execute("SELECT count(*) FROM machine_session WHERE ended_at IS NULL")
            return bool(rows.fetchone()[0])

    def tap(self) -> None:
        tap(str(self.folder / "pins.sock"), "perceuse", CARD)

    def _environment(self) -> dict[str, str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("s")
    web = free_port()
    (folder / "config.toml").write_text(_SERVE.format(web=web, broker=free_port()))
    (folder / "bench.toml").write_text(_BENCH.format(box=BOX, folder=folder))
    (folder / "pi").mkdir()
    (folder / "pi" / "config.toml").write_text(_PI.format(folder=folder))
    (folder / "bin").mkdir()
    for name, text in _SHIM.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(0o755)
    with ExitStack() as stack:
        told = json.loads(_loquet(folder, "init", "--json"))
        broker = Shipped(folder)
        broker.start()
        stack.callback(broker.kill)
        pins = Pins(folder / "bench.toml")
        stack.callback(pins.end)
        stack.enter_context(_serving(folder, f"http://127.0.0.1:{web}"))
        found = Site(folder, f"http://127.0.0.1:{web}", told["setup_code"])
        stack.callback(found.kill_agent)
        yield found


def _loquet(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "controller.cli", *words]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=env, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


@contextmanager
def _serving(folder: Path, url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "controller.cli", "serve"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    try:
        until(lambda: _is_ready(url), "the controller is not ready", 60)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5):  # noqa: S310
            return True
    except OSError:  # refused, not ready yet, or, on a busy computer, too slow to say so
        return False

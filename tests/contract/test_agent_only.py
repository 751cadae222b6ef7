"""An environment with `loquet[agent]` alone runs an agent, and knows nothing of the controller."""

import hashlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from devices.sim.client import SimBench, tap
from tests.contract.agent_only import GREEN, RED, enrol
from tests.contract.agent_only import folder as folder
from tests.support.tree import ROOT

WAIT_S = 180


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of an environment made from requirements/agent.txt; kept in .cache."""
    lock = ROOT / "requirements" / "agent.txt"
    made_of = sys.version + str(ROOT) + lock.read_text() + (ROOT / "pyproject.toml").read_text()
    folder = ROOT / ".cache" / f"agent-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"
    if not folder.exists():
        for older in folder.parent.glob("agent-*"):
            shutil.rmtree(older)
        _make(folder, lock)
    return folder / "bin" / "python"


def _make(folder: Path, lock: Path) -> None:
    fresh = folder.with_name("agent-new")
    venv = [sys.executable, "-m", "venv", "--without-pip", str(fresh)]
    pip = [sys.executable, "-m", "pip", "--python", f"{fresh}/bin/python", "--quiet", "install"]
    pip.append("--no-compile")  # it would be kept by the name that the folder has now
    subprocess.run(venv, check=True)
    subprocess.run([*pip, "--require-hashes", "--requirement", str(lock)], check=True)
    ours = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    subprocess.run([*pip, *ours], check=True)
    fresh.rename(folder)


@contextmanager
def started(python: Path, folder: Path, *command: str, **more: str) -> Iterator[IO[str]]:
    """A process, and what it prints; it must end well on SIGTERM."""
    environment = {"PATH": os.environ["PATH"], **more}
    words = [str(python), *command]
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout
            process.send_signal(signal.SIGTERM)
            assert process.wait(WAIT_S) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("package", ["flask", "sqlalchemy", "redis", "alembic", "argon2"])
def test_the_controllers_libraries_are_not_there(python: Path, package: str) -> None:
    command = [str(python), "-c", f"import {package}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert f"No module named '{package}'" in done.stderr


def test_it_runs_an_agent_without_a_network(python: Path, folder: Path) -> None:
    pins = ("-m", "devices.sim.pins", "--socket", f"{folder}/pins", "--bench", "bench.toml")
    agent = ("-m", "controller.cli", "agent", "--config", "config.toml")
    with socket.socket() as nobody, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        nobody.bind(("127.0.0.1", 0))
        enrol(folder, nobody.getsockname()[1])
        systemd.bind(f"{folder}/notify")
        systemd.settimeout(WAIT_S)
        with started(python, folder, *pins) as said:
            assert said.readline() == f"ready {folder}/pins\n"
            with started(python, folder, *agent, NOTIFY_SOCKET=f"{folder}/notify"):
                assert b"READY=1" in systemd.recv(4096)
                red_after_a_tap(f"{folder}/pins")


def red_after_a_tap(control_socket: str) -> None:
    """An agent without facts blinks amber (out of service); refused, it blinks red alone.

    A tap before its port is open goes unheard.
    """
    with SimBench(control_socket) as bench:
        bench.watch("edge")
        edges: list[tuple[int, float]] = []
        for _ in range(WAIT_S):
            tap(control_socket, "laser", "em:0004200000")
            seen = (event for event in bench.events(1) if event["pin"] in (RED, GREEN))
            edges += [(event["pin"], event["level"]) for event in seen]
            if ((RED, 1.0), (RED, 0.0)) in itertools.pairwise(edges):
                return
    raise AssertionError("no red light after a tap")

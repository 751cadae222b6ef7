"""How long an agent takes from its start until it tells systemd that it is ready."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from controller.cli.bench import BenchFailed
from controller.cli.bench.figure import Figure, percentile_figure
from controller.cli.bench.venue import Venue

STARTS = 7
_READY_WITHIN_S = 20.0


def measure(name: str, venue: Venue) -> Figure:
    """Seconds from fork to READY=1: policy and journal checked, hardware open, threads running."""
    agent = venue.agent
    agent.held = True
    os.kill(agent.pid, signal.SIGTERM)
    if agent.popen is not None:
        agent.popen.wait()
    try:
        taken = [_start(venue, list(agent.command)) for _ in range(STARTS)]
    finally:
        agent.held = False
    return percentile_figure(name, "s", taken)


def _start(venue: Venue, command: list[str]) -> float:
    address = venue.demo.layout.socket.with_name("ready.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(str(address))
        ready.settimeout(_READY_WITHIN_S)
        try:
            return _until_ready(ready, command, address)
        finally:
            address.unlink()


def _until_ready(ready: socket.socket, command: list[str], address: Path) -> float:
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, "NOTIFY_SOCKET": str(address)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while ready.recv(100) != b"READY=1":
            pass
        return time.monotonic() - began
    except TimeoutError as error:
        raise BenchFailed(f"the agent was not ready within {_READY_WITHIN_S:.0f} s") from error
    finally:
        process.terminate()
        process.wait()

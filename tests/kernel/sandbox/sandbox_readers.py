"""Functions for the sandbox that a hostile file could make of its reader."""

import os
import signal
from pathlib import Path

from controller.kernel.sandbox.problems import NotReadable, ReadProblem


def length(data: bytes) -> int:
    return len(data)


def spin(data: bytes) -> int:
    while True:
        data = data[::-1]


def hang(_data: bytes) -> int:
    signal.pause()
    return 0


def swell(data: bytes) -> int:
    kept = [data]
    while True:
        kept.append(bytes(1_000_000))


def crash(_data: bytes) -> int:
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0


def end(_data: bytes) -> int:
    """As the system ends a process when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def raises(_data: bytes) -> int:
    raise AttributeError("a library that was surprised")


def refuses(_data: bytes) -> int:
    raise NotReadable(ReadProblem.ROWS, most=7)


def talks(_data: bytes) -> str:
    return "x" * 3_000_000


def surroundings(_data: bytes) -> dict[str, list[str]]:
    """What it has of the process that started it."""
    opened = [os.readlink(file) for file in Path("/proc/self/fd").iterdir() if file.exists()]
    return {"environment": sorted(os.environ), "files": opened}


def writes(data: bytes) -> int:
    return Path(data.decode()).write_bytes(b"x")


def waits(data: bytes) -> int:
    """Until somebody writes into a pipe of that name."""
    return len(Path(data.decode()).read_bytes())

"""The process that reads one file: bytes on standard input, JSON on standard output.

It inherits neither secrets nor sockets, and once it reads, it can write no file.
"""

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from controller.kernel.sandbox.limits import Limits
from controller.kernel.sandbox.problems import NotReadable, ReadProblem

READ, FAILED = b"+", b"-"
"""First byte of an answer: the result follows, or the problem."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing was read."""

    why: ReadProblem
    values: dict[str, str | int] = {}


def main(reader: str, limits: str) -> None:
    """Read standard input with a function, `module:name`."""
    given = msgspec.json.decode(limits, type=Limits)
    _give_way()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, given.memory)
    # At the soft limit SIGXCPU ends the process, which says which limit it was.
    resource.setrlimit(resource.RLIMIT_CPU, (given.cpu_s, given.cpu_s + 1))
    module, _, name = reader.partition(":")
    read = getattr(import_module(module), name)
    data = sys.stdin.buffer.read()
    _limit(resource.RLIMIT_FSIZE, 0)
    sys.stdout.buffer.write(_answer(read, data))
    sys.stdout.buffer.flush()


def _answer(read: Callable[[bytes], Any], data: bytes) -> bytes:
    try:
        return READ + msgspec.json.encode(read(data))
    except NotReadable as problem:
        return _failed(problem.why, **problem.values)
    except MemoryError:
        return _NO_MEMORY
    except Exception:  # noqa: BLE001  a library may raise anything for a broken file
        return _failed(ReadProblem.DAMAGED)


def _failed(why: ReadProblem, **values: str | int) -> bytes:
    return FAILED + msgspec.json.encode(Failure(why=why, values=values))


_NO_MEMORY = _failed(ReadProblem.MEMORY)
"""Made beforehand: when it is needed, there may be no memory for it."""


def _limit(kind: int, most: int) -> None:
    resource.setrlimit(kind, (most, most))


def _give_way() -> None:
    """To the controller: of the processor, and where memory is short this process ends first."""
    os.nice(10)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main(*sys.argv[1:])

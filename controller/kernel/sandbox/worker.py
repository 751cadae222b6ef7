"""The process that reads one file: bytes on standard input, JSON on standard output.

It inherits neither secrets nor sockets, and once it reads the file it can't write any.
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
"""First byte of a response; the result or the problem follows."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why the file could not be read."""

    why: ReadProblem
    values: dict[str, str | int] = {}


def main(reader: str, limits: str) -> None:
    """Read standard input with a function, `module:name`, and print its result."""
    parsed_limits = msgspec.json.decode(limits, type=Limits)
    _lower_priority()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, parsed_limits.memory_bytes)
    # At the soft limit SIGXCPU ends the process, so that the exit code shows which limit it was.
    resource.setrlimit(resource.RLIMIT_CPU, (parsed_limits.cpu_s, parsed_limits.cpu_s + 1))
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
        return _failure_message(problem.why, **problem.values)
    except MemoryError:
        return _NO_MEMORY
    except Exception:  # noqa: BLE001  a library may raise anything for a broken file
        return _failure_message(ReadProblem.DAMAGED)


def _failure_message(why: ReadProblem, **values: str | int) -> bytes:
    return FAILED + msgspec.json.encode(Failure(why=why, values=values))


_NO_MEMORY = _failure_message(ReadProblem.MEMORY)
"""Prepared in advance, since there may be no memory left to build it when it is needed."""


def _limit(kind: int, most: int) -> None:
    resource.setrlimit(kind, (most, most))


def _lower_priority() -> None:
    """Lower this process's priority, and let it be ended first if memory is short."""
    os.nice(10)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Lets a separate process read a file, one file at a time."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Event, Lock, Timer
from typing import TypeVar

import msgspec

from controller.kernel.sandbox.limits import MAX_BYTES, MIB, Limits
from controller.kernel.sandbox.problems import NotReadable, ReadProblem
from controller.kernel.sandbox.worker import READ, Failure

T = TypeVar("T")
LIMITS = Limits()
MAX_WAITING = 4
"""How many requests may read or wait, since each occupies a thread of the web server."""
ENVIRONMENT = ("PATH", "LANG", "PYTHONPATH", "PYTHONPYCACHEPREFIX")
"""Environment variables that are passed to the process."""
_waiting_slots = BoundedSemaphore(MAX_WAITING)
_reading = Lock()


def read(reader: str, data: bytes, kind: type[T], limits: Limits | None = None) -> T:
    """Run a function, `module:name`, on the bytes and return its result. Raises NotReadable.

    The function runs in the other process; its result comes back as JSON of this type.
    """
    limits = limits or LIMITS
    if len(data) > MAX_BYTES:
        raise NotReadable(ReadProblem.SIZE, most=MAX_BYTES // MIB)
    with _exclusive(limits.timeout_s):
        answer = _ask(reader, data, limits)
    try:
        if answer.startswith(READ):
            return msgspec.json.decode(memoryview(answer)[1:], type=kind)
        failure = msgspec.json.decode(memoryview(answer)[1:], type=Failure)
    except (msgspec.MsgspecError, RecursionError) as problem:
        raise NotReadable(ReadProblem.DAMAGED) from problem
    raise NotReadable(failure.why, **failure.values)


@contextmanager
def _exclusive(timeout_s: float) -> Iterator[None]:
    """Read one file at a time, to limit memory. Raises NotReadable if too many wait already."""
    if not _waiting_slots.acquire(blocking=False):
        raise NotReadable(ReadProblem.BUSY)
    try:
        if not _reading.acquire(timeout=timeout_s):
            raise NotReadable(ReadProblem.BUSY)
        try:
            yield
        finally:
            _reading.release()
    finally:
        _waiting_slots.release()


def _ask(reader: str, data: bytes, limits: Limits) -> bytes:
    """Return the response of a new process. Raises NotReadable if a limit has ended it."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "controller.kernel.sandbox.worker",
            reader,
            msgspec.json.encode(limits).decode(),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
    )
    late = Event()

    def end() -> None:
        late.set()
        process.kill()

    alarm = Timer(limits.timeout_s, end)
    alarm.start()
    try:
        answer = _exchange(process, data, limits.output_bytes)
    finally:
        alarm.cancel()
        process.kill()
        code = process.wait()
    if len(answer) > limits.output_bytes:
        raise NotReadable(ReadProblem.SIZE, most=limits.output_bytes // MIB)
    if late.is_set() or code == -signal.SIGXCPU:
        raise NotReadable(ReadProblem.TIME)
    if not answer:
        raise NotReadable(ReadProblem.MEMORY if code == -signal.SIGKILL else ReadProblem.DAMAGED)
    return answer


def _exchange(process: subprocess.Popen[bytes], data: bytes, most: int) -> bytes:
    """Send the file and read the response, up to one byte more than `most`."""
    assert process.stdin is not None  # noqa: S101  both are pipes
    assert process.stdout is not None  # noqa: S101
    with process.stdout as answers:
        with suppress(BrokenPipeError), process.stdin as file:
            file.write(data)
        return answers.read(most + 1)

"""The process that warm ones are forked from: it has one thread, and does nothing else.

Each is forked by a child that ends at once, so that the one who asked becomes its parent.
"""

import ctypes
import gc
import importlib
import io
import json
import os
import runpy
import signal
import socket
import sys
import time
from pathlib import Path

gc.disable()  # what is imported stays

from controller.cli import COMMANDS  # noqa: E402 - the collector would walk it all
from tests.support import warm  # noqa: E402

PLACES = "demo"
"""The command that starts a whole place: the processes of it come from a source of its own."""
ARG_START, ARG_END = 45, 46
"""In /proc/PID/stat, behind the name."""


def main() -> None:
    """Import, then answer until nobody can ask any more; a child leaves and runs."""
    for name in ("webui.app", "webui.server", "webui.listener"):
        importlib.import_module(name)
    for entry in COMMANDS.values():
        importlib.import_module(f"controller.cli.{entry.module}")
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _run(_next(socket.socket(fileno=int(sys.argv[1]))))


def _next(line: socket.socket) -> list[str]:
    """Answer; in each child that is forked: the words that it runs."""
    while True:
        question, streams, _, _ = socket.recv_fds(line, warm.MOST, 3)
        if not question:
            os._exit(0)
        words, folder, environment = json.loads(question)
        told = _forked(line)
        if told is not None:
            line.close()
            _become(words, streams, folder, environment)
            os.write(told, str(os.getpid()).encode())
            os.close(told)
            return list(words[2:])
        for stream in streams:
            os.close(stream)


def _forked(line: socket.socket) -> int | None:
    """Fork twice. In the new process, an orphan: where it says its id once it is complete."""
    hears, tells = os.pipe()
    between = os.fork()
    if not between:
        if os.fork():
            os._exit(0)
        os.close(hears)
        return tells
    os.close(tells)
    os.waitpid(between, 0)
    line.send(os.read(hears, 20) or b"0")
    os.close(hears)
    return None


def _become(words: list[str], streams: list[int], folder: str, environment: dict[str, str]) -> None:
    """Take on all that a process is given when it starts."""
    for usual, stream in enumerate(streams):
        os.dup2(stream, usual)
        os.close(stream)
    _open_streams()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path[0] = folder
    _be_seen_as(words)
    gc.enable()


def _open_streams() -> None:
    """As Python does at its start, on what was put in the place of the old ones."""
    encoding, errors = sys.stdout.encoding, sys.stdout.errors
    unbuffered = sys.stdout.write_through  # type: ignore[union-attr]  # PYTHONUNBUFFERED
    read = open(0, encoding=encoding, errors=errors, closefd=False)  # noqa: SIM115
    sys.stdin = sys.__stdin__ = read  # type: ignore[misc]
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = io.TextIOWrapper(
            open(number, "wb", buffering=0 if unbuffered else -1, closefd=False),  # noqa: SIM115
            encoding=encoding,
            errors="backslashreplace" if name == "stderr" else errors,
            line_buffering=name == "stderr" or os.isatty(number),
            write_through=unbuffered,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _be_seen_as(words: list[str]) -> None:
    """In the list of processes; the source was given room for it."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[ARG_START]), int(fields[ARG_END])
    text = b"\0".join(map(os.fsencode, words))[: end - start - 1]
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, text, len(text))


def _run(words: list[str]) -> None:
    """`python -m MODULE ARGUMENT...`, in the place of this."""
    if words[:2] == ["controller.cli", PLACES]:
        words = _with_source(words)
    del sys.modules["__main__"]
    sys.argv = words[:]
    sys.orig_argv = [sys.executable, "-m", *words]
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _with_source(words: list[str]) -> list[str]:
    """Fork a source for what that command starts; in its children: what they run."""
    line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if not os.fork():
        line.close()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return _next(theirs)
    theirs.close()
    warm.install(warm.Source(line))
    return words


if __name__ == "__main__":
    main()

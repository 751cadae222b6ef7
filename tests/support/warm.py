"""Our programs start warm in tests: forked from a process that has imported them already.

Importing them takes a start most of its time, and hundreds of tests start some. What comes of it
is a process like any other: a child of whoever started it, with an id, words, an environment, a
folder and streams of its own, which can be killed. What a shell or another program starts begins
from nothing, and so do the workers that are shut off, what `loquet` itself starts (except the
demo), and everything in the proofs, which measure.
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from tests.support.tree import ROOT

OURS = ("controller.cli", "devices.", "firmware_bridge", "tests.")
AT_START = ("PYTHON", "LC_", "LANG", "LD_", "COVERAGE_", "MALLOC_")
"""Beginnings of the names of variables that count when a process begins, and not later."""
WATCHED = "COVERAGE_PROCESS_CONFIG"
"""Set while processes that start are to be watched: those start cold."""
CLOCK = "LD_PRELOAD"
"""Gives a process another clock (libfaketime), which then asks FAKETIME at each look."""
OF_CLOCK = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
MOST = 100_000
"""Bytes of a question; who asks more starts cold."""
ROOM = 8_000
"""Bytes for the words of a process, which others can read."""
SUBREAPER = 36
_cold = subprocess.Popen._execute_child  # type: ignore[attr-defined]
_NAMES = [
    "preexec_fn",
    "close_fds",
    "pass_fds",
    "cwd",
    "env",
    "startupinfo",
    "creationflags",
    "shell",
    "p2cread",
    "p2cwrite",
    "c2pread",
    "c2pwrite",
    "errread",
    "errwrite",
    "restore_signals",
    "gid",
    "gids",
    "uid",
    "umask",
    "start_new_session",
    "process_group",
]
"""What Popen hands on after the words and the program."""


class Source:
    """The line to a process that others are forked from."""

    def __init__(self, line: socket.socket, process: "subprocess.Popen[bytes] | None" = None):
        self._line, self._process = line, process
        self._libc = ctypes.CDLL(None)

    def start(self, question: bytes, streams: list[int]) -> int:
        """Start one; its id. It is our own child, for it became an orphan while we took them in."""
        self._libc.prctl(SUBREAPER, 1, 0, 0, 0)
        try:
            socket.send_fds(self._line, [question], streams)
            started = int(self._line.recv(20))
        finally:
            self._libc.prctl(SUBREAPER, 0, 0, 0, 0)
        if not started:
            raise OSError("it ended before it was complete")
        return started

    def end(self) -> None:
        """It ends when nobody can ask it any more."""
        self._line.close()
        if self._process is not None:
            self._process.wait()


def a_source(environment: dict[str, str]) -> Source:
    """A new one; its variables are those that count at the start."""
    line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    module = "tests.support.warm_source"
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(theirs.fileno()), ROOM * "x"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
            env=environment | {"PYTHONPATH": str(ROOT)},
        )
    return Source(line, process)


_sources: dict[str | None, Source] = {}
"""By what they have loaded besides; see CLOCK."""
_own: dict[str, str] = {}
"""The environment of the run."""
_one_at_a_time = threading.RLock()


def pytest_configure() -> None:
    """Start what is ours warm from now on."""
    install()


def pytest_unconfigure() -> None:
    """End where they came from."""
    subprocess.Popen._execute_child = _cold  # type: ignore[attr-defined]
    while _sources:
        _sources.popitem()[1].end()


def install(source: Source | None = None) -> None:
    """Have this process start what is ours warm, from there; by itself from one that it starts."""
    _own.update(os.environ)
    _own.pop(WATCHED, None)  # a worker of a whole run begins with it
    _sources.update({None: source} if source else {})
    subprocess.Popen._execute_child = _execute_child  # type: ignore[attr-defined]


def _execute_child(process: Any, args: Any, executable: Any, *more: Any) -> None:
    """In place of Popen's own, for what is ours."""
    asked = dict(zip(_NAMES, more, strict=True))
    environment = dict(os.environ if asked["env"] is None else asked["env"])
    question = b""
    if _is_ours(args, asked, environment):
        folder = os.fspath(asked["cwd"] or os.getcwd())
        question = json.dumps([list(map(os.fspath, args)), folder, environment]).encode()
    if not 0 < len(question) < MOST:
        _cold(process, args, executable, *more)
        return
    ends = (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
    streams = [usual if end == -1 else end for usual, end in enumerate(ends)]
    try:
        with _one_at_a_time:
            process.pid = _source(environment).start(question, streams)
        process._child_created = True
    finally:
        process._close_pipe_fds(*more[_NAMES.index("p2cread") : _NAMES.index("restore_signals")])


def _is_ours(args: Any, asked: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    if not isinstance(args, list) or list(args[:2]) != [sys.executable, "-m"]:
        return False
    special = ("preexec_fn", "pass_fds", "shell", "start_new_session", "gid", "gids", "uid")
    usual = asked["umask"] == asked["process_group"] == -1
    here = asked["cwd"] is None or os.path.isdir(asked["cwd"])
    return (
        args[2].startswith(OURS)
        and not any(asked[name] not in (None, (), False) for name in special)
        and usual
        and here
        and WATCHED not in environment
        and environment.get("PYTHONPATH", "") in ("", str(ROOT), _own.get("PYTHONPATH"))
        and _at_start(environment) == _at_start(_own) | _clock(environment)
        and not os.environ.get("PYTEST_CURRENT_TEST", "").startswith("tests/proofs/")
    )


def _source(environment: Mapping[str, str]) -> Source:
    clock = _clock(environment)
    name = clock.get(CLOCK)
    if name not in _sources:
        more = clock | OF_CLOCK | {"FAKETIME": "+0", "FAKETIME_NO_CACHE": "1"} if clock else {}
        _sources[name] = a_source(_own | more)
    return _sources[name]


def _clock(environment: Mapping[str, str]) -> dict[str, str]:
    given = {name: value for name, value in environment.items() if name.startswith("FAKETIME")}
    is_known = {"FAKETIME": given.get("FAKETIME")} | OF_CLOCK == given
    return {CLOCK: environment[CLOCK]} if is_known and CLOCK in environment else {}


def _at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(AT_START) and name != "PYTHONPATH"
    }

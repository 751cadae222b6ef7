"""Headless Chromium, controlled through its DevTools protocol over two pipes."""

import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from controller.cli.bench import BenchFailed

_TIMEOUT_S = 30.0
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-pipe",
)
_FIRST_SPARE = 10
"""Lowest descriptor for our ends: lower numbers are for the pipes in Chromium (3 reads, 4
writes)."""


def find_chromium() -> str:
    """Return the path of Chromium. Raises BenchFailed."""
    path = os.environ.get("LOQUET_CHROMIUM") or shutil.which("chromium")
    if path is None:
        raise BenchFailed("no Chromium found; ./run bench brings it, or: apt install chromium")
    return path


class Tab:
    """A tab of the browser."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive = send, receive
        self._number, self._session = 0, ""
        self._rest = b""
        self._seen: list[dict[str, Any]] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        attached = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network"):
            self.do(f"{domain}.enable")
        self.do("Page.setLifecycleEventsEnabled", enabled=True)

    def do(self, method: str, **params: object) -> dict[str, Any]:
        """Call a DevTools method and return its result. Raises BenchFailed."""
        self._number += 1
        request: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if self._session:
            request["sessionId"] = self._session
        os.write(self._send, json.dumps(request).encode() + b"\0")
        while (answer := self._next_message()).get("id") != self._number:
            self._seen.append(answer)
        if "error" in answer:
            raise BenchFailed(f"Chromium: {method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        result = self.do("Runtime.evaluate", expression=script, returnByValue=True)["result"]
        return result.get("value")

    def open(self, url: str) -> None:
        """Open the address, and wait until nothing more is fetched."""
        self._seen.clear()
        self.do("Page.navigate", url=url)
        self.settle()

    def settle(self) -> None:
        """Wait until the page that is loading fetches nothing more."""
        while not any(map(_is_idle, self._seen)):
            self._seen.append(self._next_message())
        self._seen.clear()

    def _next_message(self) -> dict[str, Any]:
        end = time.monotonic() + _TIMEOUT_S
        while b"\0" not in self._rest:
            if not select.select([self._receive], [], [], max(0, end - time.monotonic()))[0]:
                raise BenchFailed(f"Chromium says nothing for {_TIMEOUT_S:.0f} s")
            if not (more := os.read(self._receive, 1 << 16)):
                raise BenchFailed("Chromium has ended")
            self._rest += more
        raw, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        return message


def _is_idle(message: dict[str, Any]) -> bool:
    return (
        message.get("method") == "Page.lifecycleEvent"
        and message["params"]["name"] == "networkIdle"
    )


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """Start a browser with an empty cache and its profile in that folder."""
    theirs_in, send = _pipe()
    receive, theirs_out = _pipe()
    program = find_chromium()
    pid = os.posix_spawn(
        program,
        [program, *_OPTIONS, f"--user-data-dir={folder}"],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, theirs_in, 3),
            (os.POSIX_SPAWN_DUP2, theirs_out, 4),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
        setsid=True,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Tab(send, receive)
    finally:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(send)
        os.close(receive)


def _pipe() -> tuple[int, int]:
    """Return both ends of a pipe, moved above the descriptors that Chromium uses."""
    ends = []
    for low in os.pipe():
        ends.append(fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _FIRST_SPARE))
        os.close(low)
    return ends[0], ends[1]

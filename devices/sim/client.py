"""Client of the simulated bench: tap a badge, press, unplug, read meters, watch pins."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import msgspec

from devices.sim.operations import ALL_KINDS, EventKind


class BenchError(Exception):
    """Raised if the bench refused something or is missing; the message is one line."""


def tap(control_socket: str, reader: str, credential: str) -> float:
    """Hold a card to a simulated reader once; return the monotonic time of it.

    Raises BenchError for a missing bench, an unknown reader, an invalid credential id or a pulled
    cable.
    """
    with SimBench(control_socket) as bench:
        return float(bench.do("tap", reader=reader, credential=credential)["at"])


class SimBench:
    """A connection to the process with the bench; not thread-safe."""

    def __init__(self, control_socket: str) -> None:
        """Connect. Raises BenchError."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._buffer = b""
        self._events: list[dict[str, Any]] = []
        try:
            self._socket.connect(control_socket)
        except OSError as error:
            self._socket.close()
            reason = error.strerror or error
            raise BenchError(
                f"no simulated hardware at {control_socket} ({reason}); is `loquet demo` running?"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self._socket.close()

    def do(self, op: str, **fields: Any) -> dict[str, Any]:
        """Run one operation of `operations`, and return its response. Raises BenchError."""
        self._socket.settimeout(10)
        request = {"op": op, "id": 0, **fields}
        try:
            self._socket.sendall(msgspec.json.encode(request) + b"\n")
            while "event" in (answer := self._line()):
                self._events.append(answer)
        except OSError as error:
            raise BenchError(f"the simulated hardware does not answer: {error}") from error
        if not answer["ok"]:
            raise BenchError(answer["error"])
        return answer

    def state(self) -> dict[str, Any]:
        """Return the state of everything."""
        return self.do("state")

    def watch(self, *kinds: EventKind) -> dict[str, Any]:
        """Make `events` yield events of these kinds (none: all); return the state before them."""
        return self.do("watch", kinds=kinds or ALL_KINDS)

    def events(self, timeout_s: float) -> Iterator[dict[str, Any]]:
        """Yield events until that time has passed. Raises BenchError if the bench goes away."""
        end = time.monotonic() + timeout_s
        while True:
            if self._events:
                yield self._events.pop(0)
                continue
            if (left := end - time.monotonic()) <= 0:
                return
            self._socket.settimeout(left)
            try:
                self._events.append(self._line())
            except TimeoutError:
                return
            except OSError as error:
                raise BenchError(f"the simulated hardware is gone: {error}") from error

    def wait_for(
        self, condition: Callable[[dict[str, Any]], bool], timeout_s: float = 20.0
    ) -> dict[str, Any]:
        """Return the first event for which `condition` is true; earlier ones are dropped.

        Raises BenchError.
        """
        for event in self.events(timeout_s):
            if condition(event):
                return event
        raise BenchError(f"nothing of the kind happened within {timeout_s} s")

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionResetError("the pins process closed the connection")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer

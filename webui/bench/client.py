"""A client of the simulated hardware's control socket: one JSON object a line."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event
from typing import Any, Self

from webui.live.broadcast import Tell, Told, change_text

WATCHED = ("pump", "power", "meter", "door", "contact", "card", "reader")
"""All but `edge`, which floods while a pump pulses."""
ANSWER_S = 5.0
PRESS_S = 0.3
"""How long a push-button is held: longer than any debouncing."""
_LONGEST_LINE = 1_048_576


class BenchAway(Exception):
    """Nobody answers at the socket."""


class BenchRefused(Exception):
    """The simulated hardware refuses: one line of its own."""


class BenchClient:
    """One connection, for one thread; use it as a context manager. Raises BenchAway."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        self._buffer = b""
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise BenchAway(f"no simulated hardware at {path}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect; a thread that waits in `changes` finds the end."""
        self._socket.close()

    def do(self, op: str, **fields: object) -> dict[str, Any]:
        """Ask for one operation, and return its answer. Raises BenchRefused, BenchAway."""
        try:
            self._socket.sendall(json.dumps({"op": op, "id": 1, **fields}).encode() + b"\n")
            answer = self._line()
            while "event" in answer:
                answer = self._line()
        except OSError as error:
            raise BenchAway(f"the simulated hardware does not answer: {error}") from error
        if not answer.get("ok"):
            raise BenchRefused(str(answer.get("error", "refused")))
        return answer

    def press_briefly(self, contact: str) -> None:
        """Press a push-button and let it go."""
        self.do("press", contact=contact, active=True)
        time.sleep(PRESS_S)
        self.do("press", contact=contact, active=False)

    def changes(self) -> Iterator[dict[str, Any]]:
        """Every change from now on but pins' edges, until the connection ends."""
        self.do("watch", kinds=WATCHED)
        self._socket.settimeout(None)
        while True:
            try:
                yield self._line()
            except OSError:
                return

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            data = self._socket.recv(65536)
            if not data or len(self._buffer) > _LONGEST_LINE:
                raise ConnectionResetError("the connection has ended")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer


class FromBench:
    """What changes on the bench, for open pages."""

    def __init__(self, path: str, site: str) -> None:
        self._path = path
        self._site = site

    def begin(self) -> None:
        """Pages ask how it is when they open: nothing is missed."""

    def run(self, tell: Tell, stopped: Event) -> None:
        """Tell until the bench goes away; the page says that it has."""
        with suppress(BenchAway), BenchClient(self._path) as client:
            for change in client.changes():
                if stopped.is_set():
                    return
                text = change_text(self._site, "bench", change["event"])
                tell(Told(site=self._site, text=text))

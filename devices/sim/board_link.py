"""A board's connection to the process with the simulated pins.

It sends writes in order without waiting, reads levels, and receives changes of pins that something
else drives.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

ANSWER_S = 2.0
RETRY_S = 0.5


class BoardLink:
    """Sends lines from any thread; its own thread receives, and reconnects after a loss."""

    def __init__(
        self,
        path: str,
        board: str,
        on_drive: Callable[[int, float, float], None],
        on_reconnected: Callable[[], None],
    ) -> None:
        """Connect.

        `on_drive(pin, level, at)` and `on_reconnected()` are called on the receiving thread. Raises
        OSError.
        """
        self._path, self._board = path, board
        self._on_drive, self._on_reconnected = on_drive, on_reconnected
        self._lock = threading.Lock()
        self._answers: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._read_count = 0
        self._stopping = threading.Event()
        self._socket = self._connect()
        self._thread = threading.Thread(target=self._receive, name="sim-pins", daemon=True)
        self._thread.start()

    def send(self, line: bytes) -> None:
        """Send without waiting; lines arrive in the order of the calls. Raises OSError."""
        with self._lock:
            self._socket.sendall(line)

    def read(self, pin: int) -> float:
        """Return the level of a pin, after all earlier writes. Raises OSError."""
        with self._lock:
            self._read_count += 1
            number = self._read_count
            self._socket.sendall(self._line("read", id=number, pin=pin))
            return self._answer_to(number)

    def configure(self, pin: int, mode: str, pull: str, level: float) -> None:
        """Make a pin an input or an output. Raises OSError."""
        self.send(self._line("configure", pin=pin, mode=mode, pull=pull, level=level))

    def close(self) -> None:
        """Disconnect; the pins stay as they are."""
        self._stopping.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self._socket.close()

    def _answer_to(self, number: int) -> float:
        while True:
            try:
                answer = self._answers.get(timeout=ANSWER_S)
            except Empty as error:
                raise TimeoutError("the simulated pins do not answer") from error
            if answer.get("id") == number:
                return float(answer["level"])

    def _connect(self) -> socket.socket:
        connected = socket.socket(socket.AF_UNIX)
        try:
            connected.connect(self._path)
            connected.sendall(self._line("attach"))
        except OSError:
            connected.close()
            raise
        return connected

    def _line(self, op: str, **fields: Any) -> bytes:
        return msgspec.json.encode({"op": op, "board": self._board, **fields}) + b"\n"

    def _receive(self) -> None:
        while not self._stopping.is_set():
            with suppress(OSError):
                self._receive_until_lost()
            if self._stopping.wait(RETRY_S):
                return
            with suppress(OSError):
                link = self._connect()
                with self._lock:
                    self._socket.close()
                    self._socket = link
                self._on_reconnected()

    def _receive_until_lost(self) -> None:
        buffer = b""
        while data := self._socket.recv(65536):
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                self._take(msgspec.json.decode(line))

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("event") == "drive":
            self._on_drive(message["pin"], message["level"], message["at"])
        elif "id" in message:
            self._answers.put(message)
